//! The service over HTTP: who is let in, what nobody can do to it, and what each address answers.

mod attacks;
mod browser;
mod client;
mod embeddings;
mod load;
mod views;
