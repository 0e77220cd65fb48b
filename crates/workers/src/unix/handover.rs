//! Frames on their way to a worker, and the descriptors that go with them.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ChildStdin;

use crossbeam_channel::Sender;
use rustix::fs::{FileType, fstat};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// The parent's end.
pub(crate) enum Outlet {
    Pipe(ChildStdin),
    Socket(UnixStream),
}

impl Outlet {
    /// Sends bytes, the descriptor with the first of them.
    pub(crate) fn send(&mut self, bytes: &[u8], descriptor: Option<OwnedFd>) -> io::Result<()> {
        match (self, descriptor) {
            (Outlet::Pipe(_), Some(_)) => Err(io::Error::other("a pipe carries no descriptor")),
            (Outlet::Pipe(pipe), None) => pipe.write_all(bytes),
            (Outlet::Socket(socket), None) => socket.write_all(bytes),
            (Outlet::Socket(socket), Some(descriptor)) => {
                let n_sent = send_with(socket, bytes, &descriptor)?;
                socket.write_all(&bytes[n_sent..])
            }
        }
    }
}

fn send_with(socket: &UnixStream, bytes: &[u8], descriptor: &OwnedFd) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let rights = [descriptor.as_fd()];
    // There is room for one.
    ancillary.push(SendAncillaryMessage::ScmRights(&rights));
    Ok(sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &mut ancillary,
        SendFlags::NOSIGNAL,
    )?)
}

/// The worker's end: reads bytes, and puts descriptors that come with them where they are looked for.
pub(crate) struct Input {
    file: File,
    is_socket: bool,
    received: Sender<OwnedFd>,
}

impl Input {
    pub(crate) fn new(file: File, received: Sender<OwnedFd>) -> io::Result<Input> {
        let kind = FileType::from_raw_mode(fstat(&file)?.st_mode);
        Ok(Input {
            file,
            is_socket: kind == FileType::Socket,
            received,
        })
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.is_socket {
            return self.file.read(buffer);
        }
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let slices = &mut [IoSliceMut::new(buffer)];
        let flags = RecvFlags::empty();
        #[cfg(target_os = "linux")]
        let flags = flags | RecvFlags::CMSG_CLOEXEC;
        let message = recvmsg(&self.file, slices, &mut ancillary, flags)?;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                // Nobody looks for them any more where the receiver is gone.
                descriptors.for_each(|descriptor| drop(self.received.send(descriptor)));
            }
        }
        Ok(message.bytes)
    }
}
