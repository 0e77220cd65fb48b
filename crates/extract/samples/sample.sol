pragma solidity ^0.8.0;
import "./Base.sol";
/// A box.
contract Box is Base {
    uint public n;
    struct Item { uint a; }
    enum Color { Red }
    event Got(uint at);
    constructor(uint m) { n = m; }
    modifier only() { _; }
    function get(uint at) public view returns (uint) {
        if (at > 0 && n > 0) { return at; }
        return n;
    }
}
library Lib { function f() internal {} }
