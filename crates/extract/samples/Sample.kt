package shop
import kotlin.math.max
/** A box. */
class Box(val n: Int) : Base() {
    val size: Int = 1
    fun get(at: Int): Int {
        if (at > 0 && n > 0) return at
        return n
    }
}
interface Thing {
    fun f()
}
suspend fun free() {
}
