package shop;
import java.util.List;
/** A box. */
public class Box<T> extends Base implements Thing {
    private int n, m;
    public Box(int n) { this.n = n; }
    @Test
    public static int get(int at) {
        for (int i = 0; i < at; i++) { if (i > 3 || i < 1) return i; }
        return at;
    }
    enum Color { RED, GREEN; void paint() {} }
    record Point(int x) {}
    interface Inner { int f(); }
    @interface Mark { String value(); }
}
