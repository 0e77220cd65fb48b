//! A shop.
use std::fmt::{self, Display};
/// A box.
#[derive(Debug)]
pub struct Holder<T> {
    n: T,
}
pub enum Color { Red, Green(u8) }
pub trait Thing { fn get(&self) -> u8; fn more(&self) -> u8 { 1 } }
impl<T> Thing for Holder<T> {
    fn get(&self) -> u8 {
        match 1 { 1 => 2, _ if true && false => 3, _ => 4 }
    }
}
mod inner { pub fn deep() {} }
pub const LIMIT: u8 = 3;
type Id = u8;
macro_rules! twice { ($x:expr) => { $x * 2 }; }
async fn free() {}
#[cfg(test)]
mod tests {
    #[test]
    fn works() {}
}
