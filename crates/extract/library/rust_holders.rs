// What holds, shares and passes on values, what programs ask the system for, and functions of modules: the second part of the library.

pub struct Box<T>;

impl<T> Deref for Box<T> {
    type Target = T;
}

impl<T> Box<T> {
    pub fn clone(&self) -> Box<T>;
    pub fn fmt(&self, f: &mut Formatter) -> Result<(), Error>;
    pub fn eq(&self, other: &Box<T>) -> bool;
    pub fn cmp(&self, other: &Box<T>) -> Ordering;
    pub fn description(&self) -> &str;
    pub fn new(value: T) -> Box<T>;
    pub fn from(value: T) -> Box<T>;
    pub fn pin(value: T) -> Box<T>;
    pub fn leak(value: Box<T>) -> T;
    pub fn as_ref(&self) -> &T;
    pub fn as_mut(&mut self) -> &mut T;
}

pub struct Arc<T>;

impl<T> Deref for Arc<T> {
    type Target = T;
}

impl<T> Arc<T> {
    pub fn fmt(&self, f: &mut Formatter) -> Result<(), Error>;
    pub fn eq(&self, other: &Arc<T>) -> bool;
    pub fn cmp(&self, other: &Arc<T>) -> Ordering;
    pub fn new(value: T) -> Arc<T>;
    pub fn from(value: T) -> Arc<T>;
    pub fn clone(this: &Arc<T>) -> Arc<T>;
    pub fn downgrade(this: &Arc<T>) -> Weak<T>;
    pub fn try_unwrap(this: Arc<T>) -> Result<T, Arc<T>>;
    pub fn into_inner(this: Arc<T>) -> Option<T>;
    pub fn unwrap_or_clone(this: Arc<T>) -> T;
    pub fn get_mut(this: &mut Arc<T>) -> Option<&mut T>;
    pub fn make_mut(this: &mut Arc<T>) -> &mut T;
    pub fn as_ref(&self) -> &T;
    pub fn ptr_eq(this: &Arc<T>, other: &Arc<T>) -> bool;
}

pub type Rc<T> = Arc<T>;

pub struct Weak<T>;

impl<T> Weak<T> {
    pub fn new() -> Weak<T>;
    pub fn upgrade(&self) -> Option<Arc<T>>;
}

pub struct Pin<T>;

impl<T> Deref for Pin<T> {
    type Target = T;
}

impl<T> Pin<T> {
    pub fn new(value: T) -> Pin<T>;
    pub fn as_mut(&mut self) -> Pin<T>;
    pub fn get_mut(self) -> T;
}

pub struct Cow<T>;

impl<T> Deref for Cow<T> {
    type Target = T;
}

impl<T> Cow<T> {
    pub fn into_owned(self) -> T;
    pub fn to_mut(&mut self) -> &mut T;
}

pub struct RefCell<T>;

impl<T> RefCell<T> {
    pub fn new(value: T) -> RefCell<T>;
    pub fn borrow(&self) -> Ref<T>;
    pub fn borrow_mut(&self) -> Ref<T>;
    pub fn try_borrow(&self) -> Result<Ref<T>, Error>;
    pub fn try_borrow_mut(&self) -> Result<Ref<T>, Error>;
    pub fn get_mut(&mut self) -> &mut T;
    pub fn into_inner(self) -> T;
    pub fn replace(&self, value: T) -> T;
    pub fn take(&self) -> T;
}

pub struct Cell<T>;

impl<T> Cell<T> {
    pub fn new(value: T) -> Cell<T>;
    pub fn get(&self) -> T;
    pub fn take(&self) -> T;
    pub fn replace(&self, value: T) -> T;
    pub fn into_inner(self) -> T;
    pub fn get_mut(&mut self) -> &mut T;
}

pub struct Ref<T>;

impl<T> Deref for Ref<T> {
    type Target = T;
}

pub type RefMut<T> = Ref<T>;
pub type MutexGuard<T> = Ref<T>;
pub type RwLockReadGuard<T> = Ref<T>;
pub type RwLockWriteGuard<T> = Ref<T>;
pub type ManuallyDrop<T> = Ref<T>;
pub type LazyLock<T, F> = Ref<T>;
pub type Lazy<T, F> = Ref<T>;
pub type LazyCell<T, F> = Ref<T>;
pub type Reverse<T> = Ref<T>;
pub type Wrapping<T> = Ref<T>;

pub struct Mutex<T>;

impl<T> Mutex<T> {
    pub fn new(value: T) -> Mutex<T>;
    pub fn lock(&self) -> Result<Ref<T>, Error>;
    pub fn try_lock(&self) -> Result<Ref<T>, Error>;
    pub fn get_mut(&mut self) -> Result<&mut T, Error>;
    pub fn into_inner(self) -> Result<T, Error>;
}

pub struct RwLock<T>;

impl<T> RwLock<T> {
    pub fn new(value: T) -> RwLock<T>;
    pub fn read(&self) -> Result<Ref<T>, Error>;
    pub fn write(&self) -> Result<Ref<T>, Error>;
    pub fn get_mut(&mut self) -> Result<&mut T, Error>;
    pub fn into_inner(self) -> Result<T, Error>;
}

pub struct OnceLock<T>;

impl<T> OnceLock<T> {
    pub fn new() -> OnceLock<T>;
    pub fn get(&self) -> Option<&T>;
    pub fn get_mut(&mut self) -> Option<&mut T>;
    pub fn set(&self, value: T) -> Result<(), T>;
    pub fn get_or_init<F: FnOnce() -> T>(&self, f: F) -> &T;
    pub fn get_or_try_init<E, F: FnOnce() -> Result<T, E>>(&self, f: F) -> Result<&T, E>;
    pub fn into_inner(self) -> Option<T>;
    pub fn take(&mut self) -> Option<T>;
}

pub type OnceCell<T> = OnceLock<T>;

pub struct LocalKey<T>;

impl<T> LocalKey<T> {
    pub fn with<R, F: FnOnce(&T) -> R>(&self, f: F) -> R;
}

pub struct JoinHandle<T>;

impl<T> JoinHandle<T> {
    pub fn join(self) -> Result<T, Error>;
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Error>;
}

pub type ScopedJoinHandle<T> = JoinHandle<T>;

pub struct Sender<T>;

impl<T> Sender<T> {
    pub fn send(&self, value: T) -> Result<(), Error>;
}

pub type SyncSender<T> = Sender<T>;

pub fn channel<T>() -> (Sender<T>, Receiver<T>);
pub fn sync_channel<T>(bound: usize) -> (Sender<T>, Receiver<T>);

pub struct Receiver<T>;

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
}

impl<T> Receiver<T> {
    pub fn recv(&self) -> Result<T, Error>;
    pub fn try_recv(&self) -> Result<T, Error>;
    pub fn recv_timeout<D>(&self, timeout: D) -> Result<T, Error>;
    pub fn iter(&self) -> Iter<T>;
    pub fn try_iter(&self) -> Iter<T>;
}

pub struct OsStr;

impl OsStr {
    pub fn new<S>(text: S) -> OsStr;
    pub fn to_str(&self) -> Option<&str>;
    pub fn to_string_lossy(&self) -> String;
    pub fn to_os_string(&self) -> OsString;
    pub fn to_owned(&self) -> OsString;
    pub fn as_bytes(&self) -> &[u8];
    pub fn as_encoded_bytes(&self) -> &[u8];
    pub fn len(&self) -> usize;
}

pub struct OsString;

impl Deref for OsString {
    type Target = OsStr;
}

impl OsString {
    pub fn new() -> OsString;
    pub fn from<S>(text: S) -> OsString;
    pub fn into_string(self) -> Result<String, OsString>;
    pub fn as_os_str(&self) -> &OsStr;
}

pub struct Path;

impl Path {
    pub fn new<S>(text: S) -> Path;
    pub fn as_os_str(&self) -> &OsStr;
    pub fn to_str(&self) -> Option<&str>;
    pub fn to_string_lossy(&self) -> String;
    pub fn to_path_buf(&self) -> PathBuf;
    pub fn to_owned(&self) -> PathBuf;
    pub fn as_path(&self) -> &Path;
    pub fn parent(&self) -> Option<&Path>;
    pub fn ancestors(&self) -> Iter<&Path>;
    pub fn file_name(&self) -> Option<&OsStr>;
    pub fn file_stem(&self) -> Option<&OsStr>;
    pub fn extension(&self) -> Option<&OsStr>;
    pub fn strip_prefix<P>(&self, base: P) -> Result<&Path, Error>;
    pub fn join<P>(&self, path: P) -> PathBuf;
    pub fn with_file_name<S>(&self, name: S) -> PathBuf;
    pub fn with_extension<S>(&self, extension: S) -> PathBuf;
    pub fn components(&self) -> Iter<Component>;
    pub fn iter(&self) -> Iter<&OsStr>;
    pub fn canonicalize(&self) -> Result<PathBuf, Error>;
    pub fn exists(&self) -> bool;
    pub fn is_dir(&self) -> bool;
    pub fn is_file(&self) -> bool;
}

pub struct Component;

impl Component {
    pub fn as_os_str(self) -> &OsStr;
}

pub struct PathBuf;

impl Deref for PathBuf {
    type Target = Path;
}

impl PathBuf {
    pub fn new() -> PathBuf;
    pub fn from<S>(text: S) -> PathBuf;
    pub fn into_os_string(self) -> OsString;
    pub fn push<P>(&mut self, path: P);
    pub fn pop(&mut self) -> bool;
}

pub mod mem {
    pub fn take<T>(place: &mut T) -> T;
    pub fn replace<T>(place: &mut T, value: T) -> T;
}

pub mod cmp {
    pub fn min<T>(one: T, other: T) -> T;
    pub fn max<T>(one: T, other: T) -> T;
}

pub mod iter {
    pub fn once<T>(value: T) -> Iter<T>;
    pub fn repeat<T>(value: T) -> Iter<T>;
    pub fn empty<T>() -> Iter<T>;
    pub fn from_fn<T, F: FnMut() -> Option<T>>(f: F) -> Iter<T>;
    pub fn successors<T, F: FnMut(&T) -> Option<T>>(first: Option<T>, f: F) -> Iter<T>;
    pub fn zip<A, B, I: IntoIterator<Item = A>, J: IntoIterator<Item = B>>(a: I, b: J) -> Iter<(A, B)>;
    use super::*;
}

pub mod fmt {
    pub type Result = super::Result<(), super::Error>;
}

pub mod thread {
    pub fn spawn<T, F: FnOnce() -> T>(f: F) -> JoinHandle<T>;
    pub fn scope<T, F: FnOnce(&Scope) -> T>(f: F) -> T;
    use super::*;
}

pub struct Scope;

impl Scope {
    pub fn spawn<T, F: FnOnce() -> T>(&self, f: F) -> JoinHandle<T>;
}

pub mod str {
    pub fn from_utf8(bytes: &[u8]) -> super::Result<&str, super::Error>;
}

pub mod fs {
    pub fn read_to_string<P>(path: P) -> super::Result<super::String, super::Error>;
    pub fn read<P>(path: P) -> super::Result<super::Vec<u8>, super::Error>;
    pub fn canonicalize<P>(path: P) -> super::Result<super::PathBuf, super::Error>;
}

pub mod env {
    pub fn var<K>(key: K) -> super::Result<super::String, super::Error>;
    pub fn var_os<K>(key: K) -> super::Option<super::OsString>;
    pub fn args() -> super::Iter<super::String>;
    pub fn args_os() -> super::Iter<super::OsString>;
    pub fn current_dir() -> super::Result<super::PathBuf, super::Error>;
    pub fn temp_dir() -> super::PathBuf;
}
