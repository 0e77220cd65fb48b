// What the standard library's types are, implement and give, as far as that leads back to a program's own definitions. Bodies are of no
// interest, references are not written, and what is left out leads outside. Names with `prim·` are those of the language itself.

pub trait prim·any {
    fn clone(&self) -> Self;
    fn to_owned(&self) -> Self;
    fn borrow(&self) -> Self;
    fn borrow_mut(&mut self) -> Self;
    fn by_ref(&mut self) -> Self;
    fn as_ref(&self) -> Self;
    fn as_mut(&mut self) -> Self;
    fn default() -> Self;
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    fn clamp(self, low: Self, high: Self) -> Self;
    fn to_string(&self) -> String;
    fn try_into<T>(self) -> Result<T, Error>;
    fn into<T>(self) -> T;
    fn from_str(text: &str) -> Result<Self, Error>;
    fn from<T>(other: T) -> Self;
    fn from_iter<T>(items: T) -> Self;
    fn cmp(&self, other: &Self) -> Ordering;
    fn partial_cmp(&self, other: &Self) -> Option<Ordering>;
    fn eq(&self, other: &Self) -> bool;
    fn ne(&self, other: &Self) -> bool;
    fn fmt(&self, f: &mut Formatter) -> Result<(), Error>;
    fn add<T>(self, other: T) -> Self;
    fn sub<T>(self, other: T) -> Self;
    fn mul<T>(self, other: T) -> Self;
    fn div<T>(self, other: T) -> Self;
    fn rem<T>(self, other: T) -> Self;
    fn bitand<T>(self, other: T) -> Self;
    fn bitor<T>(self, other: T) -> Self;
    fn bitxor<T>(self, other: T) -> Self;
    fn shl<T>(self, other: T) -> Self;
    fn shr<T>(self, other: T) -> Self;
}

pub struct prim·bool;
pub struct prim·char;
pub struct prim·str;
pub struct prim·u8;
pub struct prim·u16;
pub struct prim·u32;
pub struct prim·u64;
pub struct prim·u128;
pub struct prim·usize;
pub struct prim·i8;
pub struct prim·i16;
pub struct prim·i32;
pub struct prim·i64;
pub struct prim·i128;
pub struct prim·isize;
pub struct prim·f32;
pub struct prim·f64;
pub struct prim·slice<T>;
pub struct Error;
pub struct Ordering;
pub struct Formatter;

impl prim·bool {
    pub fn then<T, F: FnOnce() -> T>(self, f: F) -> Option<T>;
    pub fn then_some<T>(self, value: T) -> Option<T>;
}

impl prim·char {
    pub fn len_utf8(self) -> usize;
    pub fn to_ascii_lowercase(&self) -> char;
    pub fn to_ascii_uppercase(&self) -> char;
    pub fn to_digit(self, radix: u32) -> Option<u32>;
    pub fn from_u32(i: u32) -> Option<char>;
}

impl prim·u8 {
    pub fn to_ascii_lowercase(&self) -> u8;
    pub fn to_ascii_uppercase(&self) -> u8;
}

impl prim·usize {
    pub fn checked_sub(self, other: usize) -> Option<usize>;
    pub fn checked_add(self, other: usize) -> Option<usize>;
    pub fn checked_mul(self, other: usize) -> Option<usize>;
    pub fn saturating_sub(self, other: usize) -> usize;
    pub fn saturating_add(self, other: usize) -> usize;
}

impl prim·u64 {
    pub fn checked_sub(self, other: u64) -> Option<u64>;
    pub fn checked_add(self, other: u64) -> Option<u64>;
    pub fn checked_mul(self, other: u64) -> Option<u64>;
    pub fn saturating_sub(self, other: u64) -> u64;
}

impl prim·str {
    pub fn as_bytes(&self) -> &[u8];
    pub fn as_str(&self) -> &str;
    pub fn to_owned(&self) -> String;
    pub fn to_string(&self) -> String;
    pub fn into_owned(self) -> String;
    pub fn into_string(self) -> String;
    pub fn len(&self) -> usize;
    pub fn is_empty(&self) -> bool;
    pub fn trim(&self) -> &str;
    pub fn trim_start(&self) -> &str;
    pub fn trim_end(&self) -> &str;
    pub fn trim_matches<P>(&self, pattern: P) -> &str;
    pub fn trim_start_matches<P>(&self, pattern: P) -> &str;
    pub fn trim_end_matches<P>(&self, pattern: P) -> &str;
    pub fn strip_prefix<P>(&self, prefix: P) -> Option<&str>;
    pub fn strip_suffix<P>(&self, suffix: P) -> Option<&str>;
    pub fn split<P>(&self, pattern: P) -> Iter<&str>;
    pub fn rsplit<P>(&self, pattern: P) -> Iter<&str>;
    pub fn splitn<P>(&self, n: usize, pattern: P) -> Iter<&str>;
    pub fn rsplitn<P>(&self, n: usize, pattern: P) -> Iter<&str>;
    pub fn split_terminator<P>(&self, pattern: P) -> Iter<&str>;
    pub fn split_whitespace(&self) -> Iter<&str>;
    pub fn split_once<P>(&self, pattern: P) -> Option<(&str, &str)>;
    pub fn rsplit_once<P>(&self, pattern: P) -> Option<(&str, &str)>;
    pub fn split_at(&self, mid: usize) -> (&str, &str);
    pub fn lines(&self) -> Iter<&str>;
    pub fn chars(&self) -> Iter<char>;
    pub fn bytes(&self) -> Iter<u8>;
    pub fn char_indices(&self) -> Iter<(usize, char)>;
    pub fn matches<P>(&self, pattern: P) -> Iter<&str>;
    pub fn match_indices<P>(&self, pattern: P) -> Iter<(usize, &str)>;
    pub fn find<P>(&self, pattern: P) -> Option<usize>;
    pub fn rfind<P>(&self, pattern: P) -> Option<usize>;
    pub fn get<I>(&self, range: I) -> Option<&str>;
    pub fn replace<P>(&self, from: P, to: &str) -> String;
    pub fn replacen<P>(&self, from: P, to: &str, n: usize) -> String;
    pub fn repeat(&self, n: usize) -> String;
    pub fn to_lowercase(&self) -> String;
    pub fn to_uppercase(&self) -> String;
    pub fn to_ascii_lowercase(&self) -> String;
    pub fn to_ascii_uppercase(&self) -> String;
    pub fn parse<T>(&self) -> Result<T, Error>;
    pub fn contains<P>(&self, pattern: P) -> bool;
    pub fn starts_with<P>(&self, pattern: P) -> bool;
    pub fn ends_with<P>(&self, pattern: P) -> bool;
}

pub struct String;

impl Deref for String {
    type Target = str;
}

impl String {
    pub fn new() -> String;
    pub fn with_capacity(n: usize) -> String;
    pub fn from(text: &str) -> String;
    pub fn from_utf8(bytes: Vec<u8>) -> Result<String, Error>;
    pub fn from_utf8_lossy(bytes: &[u8]) -> String;
    pub fn into_bytes(self) -> Vec<u8>;
    pub fn into_boxed_str(self) -> Box<str>;
    pub fn push_str(&mut self, text: &str);
    pub fn push(&mut self, c: char);
    pub fn pop(&mut self) -> Option<char>;
    pub fn drain<R>(&mut self, range: R) -> Iter<char>;
    pub fn clone(&self) -> String;
    pub fn as_mut_string(&mut self) -> &mut String;
}

impl<T> prim·slice<T> {
    pub fn iter(&self) -> Iter<T>;
    pub fn iter_mut(&mut self) -> Iter<T>;
    pub fn into_iter(self) -> Iter<T>;
    pub fn first(&self) -> Option<&T>;
    pub fn first_mut(&mut self) -> Option<&mut T>;
    pub fn last(&self) -> Option<&T>;
    pub fn last_mut(&mut self) -> Option<&mut T>;
    pub fn get<I>(&self, index: I) -> Option<&T>;
    pub fn get_mut<I>(&mut self, index: I) -> Option<&mut T>;
    pub fn get_unchecked<I>(&self, index: I) -> &T;
    pub fn len(&self) -> usize;
    pub fn is_empty(&self) -> bool;
    pub fn to_vec(&self) -> Vec<T>;
    pub fn into_vec(self) -> Vec<T>;
    pub fn to_owned(&self) -> Vec<T>;
    pub fn as_slice(&self) -> &[T];
    pub fn as_mut_slice(&mut self) -> &mut [T];
    pub fn chunks(&self, n: usize) -> Iter<&[T]>;
    pub fn chunks_exact(&self, n: usize) -> Iter<&[T]>;
    pub fn windows(&self, n: usize) -> Iter<&[T]>;
    pub fn split<F: FnMut(&T) -> bool>(&self, f: F) -> Iter<&[T]>;
    pub fn split_at(&self, mid: usize) -> (&[T], &[T]);
    pub fn split_at_mut(&mut self, mid: usize) -> (&mut [T], &mut [T]);
    pub fn split_first(&self) -> Option<(&T, &[T])>;
    pub fn split_last(&self) -> Option<(&T, &[T])>;
    pub fn concat(&self) -> T;
    pub fn join<S>(&self, separator: S) -> String;
    pub fn contains(&self, x: &T) -> bool;
    pub fn binary_search(&self, x: &T) -> Result<usize, usize>;
    pub fn binary_search_by<F: FnMut(&T) -> Ordering>(&self, f: F) -> Result<usize, usize>;
    pub fn binary_search_by_key<B, F: FnMut(&T) -> B>(&self, b: &B, f: F) -> Result<usize, usize>;
    pub fn partition_point<F: FnMut(&T) -> bool>(&self, f: F) -> usize;
    pub fn sort_by<F: FnMut(&T, &T) -> Ordering>(&mut self, f: F);
    pub fn sort_by_key<K, F: FnMut(&T) -> K>(&mut self, f: F);
    pub fn sort_by_cached_key<K, F: FnMut(&T) -> K>(&mut self, f: F);
    pub fn sort_unstable_by<F: FnMut(&T, &T) -> Ordering>(&mut self, f: F);
    pub fn sort_unstable_by_key<K, F: FnMut(&T) -> K>(&mut self, f: F);
    pub fn map<U, F: FnMut(T) -> U>(self, f: F) -> [U];
    pub fn clone(&self) -> [T];
    pub fn copy_from_slice(&mut self, other: &[T]);
}

impl<T> IntoIterator for prim·slice<T> {
    type Item = T;
}

impl<T> Index for prim·slice<T> {
    type Output = T;
}

pub struct Vec<T>;

impl<T> Deref for Vec<T> {
    type Target = [T];
}

impl<T> IntoIterator for Vec<T> {
    type Item = T;
}

impl<T> Vec<T> {
    pub fn new() -> Vec<T>;
    pub fn with_capacity(n: usize) -> Vec<T>;
    pub fn from(items: &[T]) -> Vec<T>;
    pub fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Vec<T>;
    pub fn push(&mut self, value: T);
    pub fn pop(&mut self) -> Option<T>;
    pub fn insert(&mut self, index: usize, value: T);
    pub fn remove(&mut self, index: usize) -> T;
    pub fn swap_remove(&mut self, index: usize) -> T;
    pub fn drain<R>(&mut self, range: R) -> Iter<T>;
    pub fn split_off(&mut self, at: usize) -> Vec<T>;
    pub fn retain<F: FnMut(&T) -> bool>(&mut self, f: F);
    pub fn dedup_by_key<K, F: FnMut(&mut T) -> K>(&mut self, f: F);
    pub fn into_boxed_slice(self) -> Box<[T]>;
    pub fn extend<I: IntoIterator<Item = T>>(&mut self, items: I);
    pub fn clone(&self) -> Vec<T>;
    pub fn leak(self) -> &[T];
}

pub struct VecDeque<T>;

impl<T> IntoIterator for VecDeque<T> {
    type Item = T;
}

impl<T> Index for VecDeque<T> {
    type Output = T;
}

impl<T> VecDeque<T> {
    pub fn new() -> VecDeque<T>;
    pub fn with_capacity(n: usize) -> VecDeque<T>;
    pub fn from(items: &[T]) -> VecDeque<T>;
    pub fn push_back(&mut self, value: T);
    pub fn push_front(&mut self, value: T);
    pub fn pop_back(&mut self) -> Option<T>;
    pub fn pop_front(&mut self) -> Option<T>;
    pub fn front(&self) -> Option<&T>;
    pub fn front_mut(&mut self) -> Option<&mut T>;
    pub fn back(&self) -> Option<&T>;
    pub fn back_mut(&mut self) -> Option<&mut T>;
    pub fn get(&self, index: usize) -> Option<&T>;
    pub fn iter(&self) -> Iter<T>;
    pub fn iter_mut(&mut self) -> Iter<T>;
    pub fn into_iter(self) -> Iter<T>;
    pub fn drain<R>(&mut self, range: R) -> Iter<T>;
}

pub struct BinaryHeap<T>;

impl<T> IntoIterator for BinaryHeap<T> {
    type Item = T;
}

impl<T> BinaryHeap<T> {
    pub fn new() -> BinaryHeap<T>;
    pub fn with_capacity(n: usize) -> BinaryHeap<T>;
    pub fn push(&mut self, value: T);
    pub fn pop(&mut self) -> Option<T>;
    pub fn peek(&self) -> Option<&T>;
    pub fn peek_mut(&mut self) -> Option<&mut T>;
    pub fn into_sorted_vec(self) -> Vec<T>;
    pub fn into_vec(self) -> Vec<T>;
    pub fn iter(&self) -> Iter<T>;
    pub fn into_iter(self) -> Iter<T>;
}

pub struct HashSet<T>;

impl<T> IntoIterator for HashSet<T> {
    type Item = T;
}

impl<T> HashSet<T> {
    pub fn new() -> HashSet<T>;
    pub fn with_capacity(n: usize) -> HashSet<T>;
    pub fn from(items: [T]) -> HashSet<T>;
    pub fn insert(&mut self, value: T) -> bool;
    pub fn iter(&self) -> Iter<T>;
    pub fn into_iter(self) -> Iter<T>;
    pub fn drain(&mut self) -> Iter<T>;
    pub fn get<Q>(&self, value: &Q) -> Option<&T>;
    pub fn take<Q>(&mut self, value: &Q) -> Option<T>;
    pub fn replace(&mut self, value: T) -> Option<T>;
    pub fn first(&self) -> Option<&T>;
    pub fn last(&self) -> Option<&T>;
    pub fn pop_first(&mut self) -> Option<T>;
    pub fn pop_last(&mut self) -> Option<T>;
    pub fn range<R>(&self, range: R) -> Iter<T>;
    pub fn union(&self, other: &HashSet<T>) -> Iter<T>;
    pub fn difference(&self, other: &HashSet<T>) -> Iter<T>;
    pub fn intersection(&self, other: &HashSet<T>) -> Iter<T>;
    pub fn retain<F: FnMut(&T) -> bool>(&mut self, f: F);
}

pub type BTreeSet<T> = HashSet<T>;
pub type IndexSet<T> = HashSet<T>;

pub struct HashMap<K, V>;

impl<K, V> IntoIterator for HashMap<K, V> {
    type Item = (K, V);
}

impl<K, V> Index for HashMap<K, V> {
    type Output = V;
}

impl<K, V> HashMap<K, V> {
    pub fn new() -> HashMap<K, V>;
    pub fn with_capacity(n: usize) -> HashMap<K, V>;
    pub fn from(items: [(K, V)]) -> HashMap<K, V>;
    pub fn insert(&mut self, key: K, value: V) -> Option<V>;
    pub fn get<Q>(&self, key: &Q) -> Option<&V>;
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>;
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, &V)>;
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>;
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, V)>;
    pub fn entry(&mut self, key: K) -> Entry<K, V>;
    pub fn iter(&self) -> Iter<(&K, &V)>;
    pub fn iter_mut(&mut self) -> Iter<(&K, &mut V)>;
    pub fn into_iter(self) -> Iter<(K, V)>;
    pub fn drain(&mut self) -> Iter<(K, V)>;
    pub fn range<R>(&self, range: R) -> Iter<(&K, &V)>;
    pub fn keys(&self) -> Iter<&K>;
    pub fn into_keys(self) -> Iter<K>;
    pub fn values(&self) -> Iter<&V>;
    pub fn values_mut(&mut self) -> Iter<&mut V>;
    pub fn into_values(self) -> Iter<V>;
    pub fn first_key_value(&self) -> Option<(&K, &V)>;
    pub fn last_key_value(&self) -> Option<(&K, &V)>;
    pub fn pop_first(&mut self) -> Option<(K, V)>;
    pub fn pop_last(&mut self) -> Option<(K, V)>;
    pub fn retain<F: FnMut(&K, &mut V) -> bool>(&mut self, f: F);
}

pub type BTreeMap<K, V> = HashMap<K, V>;
pub type IndexMap<K, V> = HashMap<K, V>;

pub struct Entry<K, V>;

impl<K, V> Entry<K, V> {
    pub fn or_insert(self, value: V) -> &mut V;
    pub fn or_insert_with<F: FnOnce() -> V>(self, f: F) -> &mut V;
    pub fn or_default(self) -> &mut V;
    pub fn and_modify<F: FnOnce(&mut V)>(self, f: F) -> Entry<K, V>;
    pub fn key(&self) -> &K;
    pub fn get(&self) -> &V;
    pub fn get_mut(&mut self) -> &mut V;
    pub fn into_mut(self) -> &mut V;
    pub fn insert(self, value: V) -> &mut V;
    pub fn remove(self) -> V;
}

pub enum Option<T> {
    None,
    Some(T),
}

pub use Option::*;

impl<T> IntoIterator for Option<T> {
    type Item = T;
}

impl<T> Option<T> {
    pub fn __try(self) -> T;
    pub fn unwrap(self) -> T;
    pub fn expect(self, message: &str) -> T;
    pub fn unwrap_or(self, other: T) -> T;
    pub fn unwrap_or_else<F: FnOnce() -> T>(self, f: F) -> T;
    pub fn unwrap_or_default(self) -> T;
    pub fn unwrap_unchecked(self) -> T;
    pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Option<U>;
    pub fn map_or<U, F: FnOnce(T) -> U>(self, default: U, f: F) -> U;
    pub fn map_or_else<U, D: FnOnce() -> U, F: FnOnce(T) -> U>(self, default: D, f: F) -> U;
    pub fn inspect<F: FnOnce(&T)>(self, f: F) -> Option<T>;
    pub fn and<U>(self, other: Option<U>) -> Option<U>;
    pub fn and_then<U, F: FnOnce(T) -> Option<U>>(self, f: F) -> Option<U>;
    pub fn or(self, other: Option<T>) -> Option<T>;
    pub fn or_else<F: FnOnce() -> Option<T>>(self, f: F) -> Option<T>;
    pub fn xor(self, other: Option<T>) -> Option<T>;
    pub fn filter<P: FnOnce(&T) -> bool>(self, predicate: P) -> Option<T>;
    pub fn is_some(&self) -> bool;
    pub fn is_none(&self) -> bool;
    pub fn is_some_and<F: FnOnce(T) -> bool>(self, f: F) -> bool;
    pub fn is_none_or<F: FnOnce(T) -> bool>(self, f: F) -> bool;
    pub fn ok_or<E>(self, error: E) -> Result<T, E>;
    pub fn ok_or_else<E, F: FnOnce() -> E>(self, f: F) -> Result<T, E>;
    pub fn as_ref(&self) -> Option<&T>;
    pub fn as_mut(&mut self) -> Option<&mut T>;
    pub fn as_deref(&self) -> Option<T>;
    pub fn as_deref_mut(&mut self) -> Option<T>;
    pub fn as_slice(&self) -> &[T];
    pub fn cloned(self) -> Option<T>;
    pub fn copied(self) -> Option<T>;
    pub fn take(&mut self) -> Option<T>;
    pub fn take_if<P: FnOnce(&mut T) -> bool>(&mut self, predicate: P) -> Option<T>;
    pub fn replace(&mut self, value: T) -> Option<T>;
    pub fn insert(&mut self, value: T) -> &mut T;
    pub fn get_or_insert(&mut self, value: T) -> &mut T;
    pub fn get_or_insert_with<F: FnOnce() -> T>(&mut self, f: F) -> &mut T;
    pub fn get_or_insert_default(&mut self) -> &mut T;
    pub fn zip<U>(self, other: Option<U>) -> Option<(T, U)>;
    pub fn flatten(self) -> T;
    pub fn iter(&self) -> Iter<T>;
    pub fn iter_mut(&mut self) -> Iter<T>;
    pub fn into_iter(self) -> Iter<T>;
    pub fn clone(&self) -> Option<T>;
}

pub enum Result<T, E> {
    Ok(T),
    Err(E),
}

pub use Result::*;

impl<T, E> IntoIterator for Result<T, E> {
    type Item = T;
}

impl<T, E> Result<T, E> {
    pub fn __try(self) -> T;
    pub fn unwrap(self) -> T;
    pub fn expect(self, message: &str) -> T;
    pub fn unwrap_err(self) -> E;
    pub fn expect_err(self, message: &str) -> E;
    pub fn unwrap_or(self, other: T) -> T;
    pub fn unwrap_or_else<F: FnOnce(E) -> T>(self, f: F) -> T;
    pub fn unwrap_or_default(self) -> T;
    pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Result<U, E>;
    pub fn map_or<U, F: FnOnce(T) -> U>(self, default: U, f: F) -> U;
    pub fn map_or_else<U, D: FnOnce(E) -> U, F: FnOnce(T) -> U>(self, default: D, f: F) -> U;
    pub fn map_err<F, O: FnOnce(E) -> F>(self, f: O) -> Result<T, F>;
    pub fn inspect<F: FnOnce(&T)>(self, f: F) -> Result<T, E>;
    pub fn inspect_err<F: FnOnce(&E)>(self, f: F) -> Result<T, E>;
    pub fn and<U>(self, other: Result<U, E>) -> Result<U, E>;
    pub fn and_then<U, F: FnOnce(T) -> Result<U, E>>(self, f: F) -> Result<U, E>;
    pub fn or<F>(self, other: Result<T, F>) -> Result<T, F>;
    pub fn or_else<F, O: FnOnce(E) -> Result<T, F>>(self, f: O) -> Result<T, F>;
    pub fn ok(self) -> Option<T>;
    pub fn err(self) -> Option<E>;
    pub fn is_ok(&self) -> bool;
    pub fn is_err(&self) -> bool;
    pub fn is_ok_and<F: FnOnce(T) -> bool>(self, f: F) -> bool;
    pub fn is_err_and<F: FnOnce(E) -> bool>(self, f: F) -> bool;
    pub fn as_ref(&self) -> Result<&T, &E>;
    pub fn as_mut(&mut self) -> Result<&mut T, &mut E>;
    pub fn as_deref(&self) -> Result<T, E>;
    pub fn cloned(self) -> Result<T, E>;
    pub fn copied(self) -> Result<T, E>;
    pub fn transpose(self) -> Option<Result<T, E>>;
    pub fn iter(&self) -> Iter<T>;
    pub fn into_iter(self) -> Iter<T>;
    pub fn context<C>(self, context: C) -> Result<T, Error>;
    pub fn with_context<C, F: FnOnce() -> C>(self, f: F) -> Result<T, Error>;
}

pub trait AsRef<T> {
    fn as_ref(&self) -> &T;
}

pub trait AsMut<T> {
    fn as_mut(&mut self) -> &mut T;
}

pub trait Borrow<T> {
    fn borrow(&self) -> &T;
}

pub trait Into<T> {
    fn into(self) -> T;
}

pub trait TryInto<T> {
    fn try_into(self) -> Result<T, Error>;
}

pub trait Deref {
    type Target;
}

pub trait Index {
    type Output;
}

pub trait IntoIterator {
    type Item;
    fn into_iter(self) -> Iter<Self::Item>;
}

pub trait Iterator {
    type Item;
    fn next(&mut self) -> Option<Self::Item>;
    fn into_iter(self) -> Self;
    fn nth(&mut self, n: usize) -> Option<Self::Item>;
    fn last(self) -> Option<Self::Item>;
    fn count(self) -> usize;
    fn step_by(self, step: usize) -> Iter<Self::Item>;
    fn chain<U: IntoIterator<Item = Self::Item>>(self, other: U) -> Iter<Self::Item>;
    fn zip<B, U: IntoIterator<Item = B>>(self, other: U) -> Iter<(Self::Item, B)>;
    fn map<B, F: FnMut(Self::Item) -> B>(self, f: F) -> Iter<B>;
    fn map_while<B, F: FnMut(Self::Item) -> Option<B>>(self, f: F) -> Iter<B>;
    fn for_each<F: FnMut(Self::Item)>(self, f: F);
    fn try_for_each<R, F: FnMut(Self::Item) -> R>(&mut self, f: F) -> R;
    fn filter<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Iter<Self::Item>;
    fn filter_map<B, F: FnMut(Self::Item) -> Option<B>>(self, f: F) -> Iter<B>;
    fn find_map<B, F: FnMut(Self::Item) -> Option<B>>(&mut self, f: F) -> Option<B>;
    fn flat_map<B, U: IntoIterator<Item = B>, F: FnMut(Self::Item) -> U>(self, f: F) -> Iter<B>;
    fn flatten(self) -> Iter<<Self::Item as IntoIterator>::Item>;
    fn enumerate(self) -> Iter<(usize, Self::Item)>;
    fn peekable(self) -> Peekable<Self::Item>;
    fn fuse(self) -> Iter<Self::Item>;
    fn inspect<F: FnMut(&Self::Item)>(self, f: F) -> Iter<Self::Item>;
    fn skip(self, n: usize) -> Iter<Self::Item>;
    fn skip_while<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Iter<Self::Item>;
    fn take(self, n: usize) -> Iter<Self::Item>;
    fn take_while<P: FnMut(&Self::Item) -> bool>(self, predicate: P) -> Iter<Self::Item>;
    fn scan<S, B, F: FnMut(&mut S, Self::Item) -> Option<B>>(self, state: S, f: F) -> Iter<B>;
    fn rev(self) -> Iter<Self::Item>;
    fn cloned(self) -> Iter<Self::Item>;
    fn copied(self) -> Iter<Self::Item>;
    fn cycle(self) -> Iter<Self::Item>;
    fn by_ref(&mut self) -> Self;
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B;
    fn try_fold<B, R, F: FnMut(B, Self::Item) -> R>(&mut self, init: B, f: F) -> R;
    fn reduce<F: FnMut(Self::Item, Self::Item) -> Self::Item>(self, f: F) -> Option<Self::Item>;
    fn all<F: FnMut(Self::Item) -> bool>(&mut self, f: F) -> bool;
    fn any<F: FnMut(Self::Item) -> bool>(&mut self, f: F) -> bool;
    fn find<P: FnMut(&Self::Item) -> bool>(&mut self, predicate: P) -> Option<Self::Item>;
    fn position<P: FnMut(Self::Item) -> bool>(&mut self, predicate: P) -> Option<usize>;
    fn rposition<P: FnMut(Self::Item) -> bool>(&mut self, predicate: P) -> Option<usize>;
    fn rfind<P: FnMut(&Self::Item) -> bool>(&mut self, predicate: P) -> Option<Self::Item>;
    fn max(self) -> Option<Self::Item>;
    fn min(self) -> Option<Self::Item>;
    fn max_by_key<B, F: FnMut(&Self::Item) -> B>(self, f: F) -> Option<Self::Item>;
    fn min_by_key<B, F: FnMut(&Self::Item) -> B>(self, f: F) -> Option<Self::Item>;
    fn max_by<F: FnMut(&Self::Item, &Self::Item) -> Ordering>(self, f: F) -> Option<Self::Item>;
    fn min_by<F: FnMut(&Self::Item, &Self::Item) -> Ordering>(self, f: F) -> Option<Self::Item>;
    fn next_back(&mut self) -> Option<Self::Item>;
    fn partition<B, F: FnMut(&Self::Item) -> bool>(self, f: F) -> (Vec<Self::Item>, Vec<Self::Item>);
    fn unzip<A, B>(self) -> (A, B);
    fn collect<B>(self) -> B;
    fn sum<S>(self) -> S;
    fn product<S>(self) -> S;
    fn size_hint(&self) -> (usize, Option<usize>);
    fn as_str(&self) -> &str;
    fn as_slice(&self) -> &[Self::Item];
    fn as_path(&self) -> &Path;
}

pub struct Iter<T>;

impl<T> Iterator for Iter<T> {
    type Item = T;
}

pub struct Peekable<T>;

impl<T> Iterator for Peekable<T> {
    type Item = T;
}

impl<T> Peekable<T> {
    pub fn peek(&mut self) -> Option<&T>;
    pub fn peek_mut(&mut self) -> Option<&mut T>;
    pub fn next_if<F: FnOnce(&T) -> bool>(&mut self, f: F) -> Option<T>;
}

pub struct Range<T>;

impl<T> Iterator for Range<T> {
    type Item = T;
}

pub trait DoubleEndedIterator: Iterator {}
pub trait ExactSizeIterator: Iterator {}

pub trait Future {
    type Output;
    fn __await(self) -> Self::Output;
}

pub enum Poll<T> {
    Ready(T),
    Pending,
}

impl<T> Poll<T> {
    pub fn map<U, F: FnOnce(T) -> U>(self, f: F) -> Poll<U>;
}
