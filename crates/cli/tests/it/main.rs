//! The program as a person or a script meets it: arguments in, output and exit status out.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests start the program and read what it wrote"
)]

mod agents;
mod cases;
mod commands;
mod fleet;
mod forgery;
mod fresh;
mod growth;
mod impact;
mod kept;
mod kills;
mod mcp;
mod mcp_http;
mod mcp_large;
mod memory;
mod models;
mod output;
mod pack;
mod program;
mod ray;
mod serve;
mod standing;
mod storm;
mod terminal;
mod watch;
