# Builds mnemo and keeps the program alone. It runs as an unprivileged user and needs no writable file system beside its cache.
FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
RUN cargo build --release --locked --package mnemo \
    && strip target/release/mnemo

FROM debian:bookworm-slim
RUN useradd --uid 10001 --create-home --home-dir /var/lib/mnemo mnemo \
    && mkdir /var/lib/mnemo/cache \
    && chown mnemo:mnemo /var/lib/mnemo/cache
COPY --from=build /build/target/release/mnemo /usr/local/bin/mnemo
# Models are fetched into the cache once; mount a volume there.
ENV MNEMO_CACHE_DIR=/var/lib/mnemo/cache
USER 10001
WORKDIR /source
ENTRYPOINT ["mnemo"]
CMD ["index", "/source"]
