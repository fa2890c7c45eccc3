# One image for every process; the command says which. Built in two stages, run without a compiler,
# as a user that owns nothing, from a read-only root.
FROM debian:12-slim AS build
WORKDIR /src
COPY tools/setup tools/setup
RUN tools/setup --build
COPY . .
RUN cmake -S . -B build -G Ninja -DTESTS=OFF && ninja -C build

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libzmq5 libczmq4 liblmdb0 libmsgpackc2 libssl3 libsodium23 libcurl4 \
        libexpat1 libmicrohttpd12 libjansson4 libseccomp2 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin kopeck \
    && install -d -o kopeck -g kopeck -m 0700 /var/lib/kopeck \
    && install -d -o kopeck -g kopeck -m 0755 /keys
COPY --from=build /src/build/bin/kopeck* /usr/local/bin/
COPY --from=build /src/build/bin/robokassa-sim /usr/local/bin/
COPY services/metering/metering.cfg services/ledger/ledger.cfg services/payment/payment.cfg \
     services/autopay/autopay.cfg services/web/web.cfg tools/kopeck/kopeck.cfg /etc/kopeck/
COPY tools/make_keys /usr/local/bin/
USER kopeck
