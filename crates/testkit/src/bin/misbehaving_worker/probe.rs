//! What a worker that was taken over would try: every call that the kernel may have, and calls that it makes anyway with arguments that would
//! reach others.

use libc::{c_long, c_ulong};

/// No address, descriptor or process.
const NOTHING: c_ulong = c_ulong::MAX;

/// Beyond the last call that any kernel has today.
const N_CALLS: c_long = 1024;

/// Calls that do not return, or not to us, the one without whose good argument nobody hears of a thread's end, and those of the kernel's own probes, which no filter sees and which end whoever else makes them.
const LEFT_OUT: &[c_long] = &[
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigreturn,
    libc::SYS_set_tid_address,
    UPROBE,
    URETPROBE,
];
const URETPROBE: c_long = 335;
const UPROBE: c_long = 336;

/// Calls that a worker may make whatever it gives them. Another one here is another one for whoever takes a worker over: what can it reach?
#[cfg(target_arch = "x86_64")]
const CALLS: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_statx,
    libc::SYS_access,
    libc::SYS_faccessat,
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_membarrier,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getpgid,
    libc::SYS_getpgrp,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_time,
    libc::SYS_getrandom,
    libc::SYS_poll,
    libc::SYS_ppoll,
];

#[cfg(not(target_arch = "x86_64"))]
const CALLS: &[c_long] = &[];

/// Where connections are handed over, what they come by.
const OF_HANDED: &[c_long] = &[libc::SYS_recvmsg];

/// Where a worker connects by itself: to the ports that it may connect to.
const OF_PORTS: &[c_long] = &[
    libc::SYS_recvmsg,
    libc::SYS_connect,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_recvfrom,
    libc::SYS_shutdown,
    libc::SYS_ioctl,
];

/// Returns the numbers of calls that are made and are not on the list; `words` name whom the worker may talk to.
pub(crate) fn unexpected_calls(words: &[&str]) -> String {
    if CALLS.is_empty() {
        return String::new();
    }
    let mut expected = CALLS.to_vec();
    if words.contains(&"handed") {
        expected.extend(OF_HANDED);
    }
    if words.contains(&"ports") {
        expected.extend(OF_PORTS);
    }
    let made = calls().into_iter();
    let unexpected = made.filter(|number| !expected.contains(number));
    let unexpected: Vec<String> = unexpected.map(|number| number.to_string()).collect();
    unexpected.join(" ")
}

/// Returns the numbers of all calls that the kernel answers otherwise than by not having them. No argument is any good, so that none does anything.
fn calls() -> Vec<c_long> {
    let is_there = |number: &c_long| {
        // SAFETY: no address, descriptor or process is at the end of all numbers; what would end it is left out.
        let answer = unsafe {
            libc::syscall(
                *number, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING,
            )
        };
        answer != -1 || last_error() != libc::ENOSYS
    };
    let numbers = (0..N_CALLS).filter(|number| !LEFT_OUT.contains(number));
    numbers.filter(is_there).collect()
}

fn last_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// Returns what could be reached by calls that a worker makes otherwise, too.
pub(crate) fn arguments() -> String {
    let raised = libc::rlimit {
        rlim_cur: 1 << 40,
        rlim_max: 1 << 40,
    };
    let raised = (&raw const raised) as c_ulong;
    // SAFETY: a process may ask for its parent's number.
    let parent = unsafe { libc::getppid() } as c_ulong;
    let tries: &[(&str, c_long, [c_ulong; 6])] = &[
        (
            "a process in a name space",
            libc::SYS_clone,
            [
                (libc::CLONE_NEWUSER | libc::SIGCHLD) as c_ulong,
                0,
                0,
                0,
                0,
                0,
            ],
        ),
        (
            "a process",
            libc::SYS_clone,
            [libc::SIGCHLD as c_ulong, 0, 0, 0, 0, 0],
        ),
        (
            "the parent by a signal",
            libc::SYS_kill,
            [parent, 0, 0, 0, 0, 0],
        ),
        (
            "everybody by a signal",
            libc::SYS_kill,
            [NOTHING, 0, 0, 0, 0, 0],
        ),
        (
            "the parent's thread",
            libc::SYS_tgkill,
            [parent, parent, 0, 0, 0, 0],
        ),
        (
            "the parent's limits",
            libc::SYS_prlimit64,
            [parent, libc::RLIMIT_NOFILE as c_ulong, 0, 0, 0, 0],
        ),
        (
            "limits of its own",
            libc::SYS_prlimit64,
            [0, libc::RLIMIT_DATA as c_ulong, raised, 0, 0, 0],
        ),
        (
            "the parent by input",
            libc::SYS_fcntl,
            [0, libc::F_SETOWN as c_ulong, parent, 0, 0, 0],
        ),
        (
            "being traced",
            libc::SYS_prctl,
            [libc::PR_SET_PTRACER as c_ulong, parent, 0, 0, 0, 0],
        ),
        (
            "memory that runs",
            libc::SYS_mmap,
            [
                0,
                4096,
                (libc::PROT_EXEC | libc::PROT_READ) as c_ulong,
                (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as c_ulong,
                NOTHING,
                0,
            ],
        ),
        (
            "memory that no cap counts",
            libc::SYS_mmap,
            [
                0,
                4096,
                libc::PROT_READ as c_ulong,
                (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as c_ulong,
                NOTHING,
                0,
            ],
        ),
        (
            "emptying a file",
            libc::SYS_openat,
            [
                libc::AT_FDCWD as c_ulong,
                c"/proc/self/statm".as_ptr() as c_ulong,
                libc::O_TRUNC as c_ulong,
                0,
                0,
                0,
            ],
        ),
        (
            "another file",
            libc::SYS_openat,
            [
                libc::AT_FDCWD as c_ulong,
                c"/etc/passwd".as_ptr() as c_ulong,
                0,
                0,
                0,
                0,
            ],
        ),
        (
            "a new file",
            libc::SYS_openat,
            [
                libc::AT_FDCWD as c_ulong,
                c"/tmp".as_ptr() as c_ulong,
                (libc::O_TMPFILE | libc::O_WRONLY) as c_ulong,
                0o600,
                0,
                0,
            ],
        ),
    ];
    let is_reached = |number: c_long, [a, b, c, d, e, f]: [c_ulong; 6]| {
        // SAFETY: each names memory that is there, or none; a process that comes of it is a copy that ends with the test.
        let answer = unsafe { libc::syscall(number, a, b, c, d, e, f) };
        if number == libc::SYS_clone && answer == 0 {
            // SAFETY: the copy ends here, without anything being run on the way out.
            unsafe { libc::_exit(0) };
        }
        answer != -1
    };
    let reached = tries
        .iter()
        .filter(|(_, number, arguments)| is_reached(*number, *arguments));
    let reached: Vec<&str> = reached.map(|(what, _, _)| *what).collect();
    reached.join(", ")
}
