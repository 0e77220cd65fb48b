package shop
import scala.util.Try
/** A box. */
class Box(val n: Int) extends Base {
  def get(at: Int): Int = {
    if (at > 0 && n > 0) at else n
  }
  val limit = 3
}
object Box { def apply(n: Int) = new Box(n) }
trait Thing { def f: Int }
type Id = Int
