const std = @import("std");
/// A box.
pub const Box = struct {
    n: u8,
    pub fn get(self: Box, at: u8) u8 {
        if (at > 0 and self.n > 0) return at;
        return self.n;
    }
};
const Color = enum { red, green };
pub fn free() void {}
const limit = 3;
test "works" { free(); }
