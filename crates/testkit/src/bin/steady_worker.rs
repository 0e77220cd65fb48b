//! The real worker, as the program runs it.

fn main() -> std::process::ExitCode {
    match app::serve_worker(|_| {}) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(_) => std::process::ExitCode::FAILURE,
    }
}
