import 'a.dart';
/// A box.
class Box extends Base {
  final int n;
  Box(this.n);
  int get size => n;
  int at(int i) {
    if (i > 0 && n > 0) { return i; }
    return n;
  }
}
enum Color { red, green }
typedef Id = int;
void free() {}
const limit = 3;
