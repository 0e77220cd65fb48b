//! What a worker may ask of the kernel, by seccomp: the calls below, and no other.
//!
//! The list was measured: every language, every embedder, both stores, with threads and without, on glibc and musl. What is not on it is
//! answered as by a kernel that does not have it, which is what libraries are prepared for; or ends the worker, where somebody wants to know.
//! Calls that could reach beyond the process take only arguments that do not: no thread becomes a process, no signal leaves.

use std::collections::BTreeMap;
use std::error::Error;

use libc::c_long;
use rustix::process;
use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

use super::super::{Confinement, NetworkAccess, OtherCalls};

/// Taken with any arguments.
const ALWAYS: &[c_long] = &[
    // Files that are open, and those that Landlock lets be opened.
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
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    // Memory; `mmap` and `mprotect` stand below.
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    // Threads; `clone` stands below.
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_membarrier,
    libc::SYS_sched_yield,
    libc::SYS_gettid,
    libc::SYS_exit,
    libc::SYS_exit_group,
    // Signals to itself.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    // Who and where it is, what time it is, and chance.
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getpgid,
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
    libc::SYS_getrandom,
    libc::SYS_ppoll,
];

/// Older calls of this processor for the same, which C libraries still make.
#[cfg(target_arch = "x86_64")]
const ALWAYS_HERE: &[c_long] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_poll,
    libc::SYS_time,
    libc::SYS_getpgrp,
];
#[cfg(not(target_arch = "x86_64"))]
const ALWAYS_HERE: &[c_long] = &[];

/// For a connection that a worker makes itself. Landlock has the ports. Others may be handed over beside it, which takes `recvmsg`.
const FOR_NETWORK: &[c_long] = &[
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

/// The part of a socket's type that is no flag.
const SOCKET_KINDS: libc::c_int = 0xf;

/// Flags that make a thread of a new task, and every name space that one could be in.
const THREAD: u64 = libc::CLONE_THREAD as u64;
const NAME_SPACES: u64 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u64;

/// Asks what a thread's name is, what the processor can, and for its tiles of numbers (AMX), which a process has to ask for.
const PR_GET_AUXV: u64 = 0x4155_5856;
#[cfg(target_arch = "x86_64")]
const ARCH_GET_XCOMP_PERM: u64 = 0x1022;
#[cfg(target_arch = "x86_64")]
const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;

/// What of `fcntl` concerns this process alone, and locks of open files. Not who is signalled when something happens to a file.
const FCNTL: &[libc::c_int] = &[
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETLK,
    libc::F_SETLK,
    libc::F_SETLKW,
    libc::F_OFD_GETLK,
    libc::F_OFD_SETLK,
    libc::F_OFD_SETLKW,
];

/// Calls that libraries try although they can do without: newer ones of those above, and SQLite's wish, where root runs it, that its files be
/// their owner's.
const DISPENSABLE: &[c_long] = &[
    libc::SYS_clone3,
    libc::SYS_openat2,
    libc::SYS_faccessat2,
    libc::SYS_fchown,
];

/// Whether this kernel filters calls.
pub(super) fn are_filtered() -> bool {
    let status = fs_err::read_to_string("/proc/self/status").unwrap_or_default();
    status.contains("\nSeccomp:") && architecture().is_some()
}

pub(super) fn confine(confinement: &Confinement) -> Result<(), Box<dyn Error>> {
    let absent = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let mut rules = rules(&confinement.network)?;
    let dispensable: Rules = DISPENSABLE.iter().map(|call| (*call, Vec::new())).collect();
    if confinement.other_calls == OtherCalls::Kill {
        // First, since a filter is the last that can be installed where the next forbids it. Of two filters' verdicts the harder one counts.
        apply(dispensable.clone(), SeccompAction::Allow, absent.clone())?;
        rules.extend(dispensable);
        return apply(rules, SeccompAction::KillProcess, SeccompAction::Allow);
    }
    apply(rules, absent, SeccompAction::Allow)
}

fn apply(
    rules: Rules,
    otherwise: SeccompAction,
    listed: SeccompAction,
) -> Result<(), Box<dyn Error>> {
    let processor = architecture().ok_or("an unknown processor")?;
    let filter = SeccompFilter::new(rules, otherwise, listed, processor)?;
    let program: BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// Returns which calls are taken; each with alternatives of what its arguments may be, none where they may be anything.
fn rules(network: &NetworkAccess) -> Result<Rules, Box<dyn Error>> {
    let own = process::getpid().as_raw_nonzero().get();
    let mut rules: Rules = ALWAYS
        .iter()
        .chain(ALWAYS_HERE)
        .map(|call| (*call, Vec::new()))
        .collect();
    let mut take = |call: c_long, alternatives: Vec<SeccompRule>| {
        rules.insert(call, alternatives);
    };
    // Landlock keeps from creating; only its third version keeps from emptying what is opened to be read.
    let no_truncation = masked(libc::O_TRUNC, 0);
    take(
        libc::SYS_openat,
        vec![when(2, Dword, no_truncation.clone())?],
    );
    #[cfg(target_arch = "x86_64")]
    take(libc::SYS_open, vec![when(1, Dword, no_truncation)?]);
    // No memory that runs, and none that is shared without a file: the cap on memory does not count it.
    let no_code = (2, Dword, masked(libc::PROT_EXEC, 0));
    take(
        libc::SYS_mmap,
        vec![
            all(&[no_code.clone(), (3, Dword, masked(libc::MAP_ANONYMOUS, 0))])?,
            all(&[no_code.clone(), (3, Dword, masked(libc::MAP_SHARED, 0))])?,
        ],
    );
    take(libc::SYS_mprotect, vec![all(&[no_code])?]);
    let thread = (MaskedEq(THREAD | NAME_SPACES), THREAD);
    take(libc::SYS_clone, vec![when(0, Qword, thread)?]);
    let itself = |pid: i32| (Eq, u64::from(pid.cast_unsigned()));
    take(
        libc::SYS_kill,
        vec![when(0, Dword, itself(own))?, when(0, Dword, itself(-own))?],
    );
    take(libc::SYS_tgkill, vec![when(0, Dword, itself(own))?]);
    // Its own limits, to be read.
    let no_change = [(0, Dword, itself(0)), (2, Qword, (Eq, 0))];
    take(libc::SYS_prlimit64, vec![all(&no_change)?]);
    // How many processors it may use, by its own number and by that of any of its threads: reading changes nothing.
    take(libc::SYS_sched_getaffinity, Vec::new());
    let options = [libc::PR_SET_NAME as u64, PR_GET_AUXV];
    take(libc::SYS_prctl, one_of(0, &options)?);
    #[cfg(target_arch = "x86_64")]
    take(
        libc::SYS_arch_prctl,
        one_of(0, &[ARCH_GET_XCOMP_PERM, ARCH_REQ_XCOMP_PERM])?,
    );
    let commands: Vec<u64> = FCNTL.iter().map(|command| *command as u64).collect();
    take(libc::SYS_fcntl, one_of(1, &commands)?);
    if *network == NetworkAccess::Handed {
        // Its input is a socket, and what comes with it are connections.
        take(libc::SYS_recvmsg, Vec::new());
    }
    if let NetworkAccess::Ports(_) = network {
        take(
            libc::SYS_socket,
            vec![tcp(libc::AF_INET)?, tcp(libc::AF_INET6)?],
        );
        // To an address it could connect in a way that no rule of ports looks at.
        take(libc::SYS_sendto, vec![when(4, Qword, (Eq, 0))?]);
        for call in FOR_NETWORK {
            take(*call, Vec::new());
        }
    }
    Ok(rules)
}

/// A socket of the one kind that the kernel's rules of ports are about: not of datagrams, not of several paths, not by a path.
fn tcp(family: libc::c_int) -> Result<SeccompRule, seccompiler::BackendError> {
    all(&[
        (0, Dword, (Eq, family as u64)),
        (1, Dword, masked(SOCKET_KINDS, libc::SOCK_STREAM as u64)),
        (2, Dword, (Eq, 0)),
    ])
}

type Comparison = (seccompiler::SeccompCmpOp, u64);

/// What an argument must be: its place, its width, and the comparison.
type Argument = (u8, SeccompCmpArgLen, Comparison);

fn masked(mask: libc::c_int, value: u64) -> Comparison {
    (MaskedEq(u64::from(mask.cast_unsigned())), value)
}

fn all(arguments: &[Argument]) -> Result<SeccompRule, seccompiler::BackendError> {
    let conditions = arguments
        .iter()
        .map(|(place, width, (operator, value))| {
            SeccompCondition::new(*place, width.clone(), operator.clone(), *value)
        })
        .collect::<Result<_, _>>()?;
    SeccompRule::new(conditions)
}

fn when(
    place: u8,
    width: SeccompCmpArgLen,
    comparison: Comparison,
) -> Result<SeccompRule, seccompiler::BackendError> {
    all(&[(place, width, comparison)])
}

fn one_of(place: u8, values: &[u64]) -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let values = values.iter();
    values
        .map(|value| when(place, Dword, (Eq, *value)))
        .collect()
}

fn architecture() -> Option<TargetArch> {
    std::env::consts::ARCH.try_into().ok()
}
