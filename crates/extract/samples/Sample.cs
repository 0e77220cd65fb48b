using System.Text;
namespace Shop
{
    /// <summary>A box.</summary>
    public class Box : Base
    {
        private int n;
        public int Size { get; set; }
        public Box(int n) { this.n = n; }
        [Fact]
        public async Task<int> Get(int at)
        {
            if (at > 0 && n > 0) return at;
            return n;
        }
    }
    public interface IThing { void Do(); }
    public enum Color { Red, Green }
    public record Point(int X);
}
