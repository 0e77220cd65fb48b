import Foundation
/// A box.
public struct Box: Thing {
    let n: Int
    var size: Int { return n }
    init(n: Int) { self.n = n }
    func get(at: Int) -> Int {
        guard at > 0 else { return 0 }
        return at
    }
    enum Color { case red, green }
}
protocol Thing { func get(at: Int) -> Int }
extension Box { func more() {} }
func free() {}
typealias Id = Int
