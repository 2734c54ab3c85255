//! What can be given to the program: the output of `nginx -T`, standard input, many paths at once,
//! parts of a configuration; and trees that somebody made to hurt it.

mod dumps;
mod elsewhere;
mod given;
mod hostile;
mod program;
mod several;
mod stdin;
