#include "a.h"
namespace shop {
/// A box.
template <typename T>
class Box : public Base {
 public:
  Box(int n);
  ~Box() { }
  int size() const { return n; }
 private:
  int n;
};
enum class Color { Red };
using Id = int;
int free_one(int a) { return a ? 1 : 2; }
}
int shop::Box::get(int at) { return at; }
