package shop
import kotlin.math.max
/** A box. */
class Box(val n: Int) : Base() {
    @Test
    fun get(at: Int): Int {
        return when {
            at > 0 && n > 0 -> at
            else -> n
        }
    }
    val size: Int
        get() = n
    companion object { fun make() = Box(1) }
}
interface Thing { fun f() }
enum class Color { RED, GREEN }
object Single { val x = 1 }
suspend fun free() {}
val limit = 3
typealias Id = Int
