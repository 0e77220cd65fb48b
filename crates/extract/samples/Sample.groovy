package shop
import java.util.List
/** A box. */
class Box extends Base {
    int n
    Box(int n) { this.n = n }
    int get(int at) {
        if (at > 0 && n > 0) { return at }
        return n
    }
}
interface Thing { int f() }
enum Color { RED, GREEN }
