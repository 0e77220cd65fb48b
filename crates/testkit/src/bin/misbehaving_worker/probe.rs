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

/// Returns the numbers of all calls that the kernel answers otherwise than by not having them. No argument is any good, so that none does anything.
pub(crate) fn calls() -> String {
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
    let there: Vec<String> = numbers.filter(is_there).map(|n| n.to_string()).collect();
    there.join(" ")
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
