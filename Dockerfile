# One image for every process; the command says which. Built in two stages, run without a compiler,
# as a user that owns nothing, from a read-only root.
FROM debian:12-slim AS build
WORKDIR /src
COPY tools/setup tools/setup
RUN tools/setup --build
COPY . .
# What ships, the two stand-ins of the profile `demo`, and nothing of the tests.
RUN cmake -S . -B build -G Ninja -DTESTS=OFF -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/image \
    && ninja -C build processes kopeck kopeck-desk platform-sim \
    && for component in kopeck kopeck-desk $(ls services/*/*_main.c | sed 's,.*/\(.*\)_main.c,kopeck-\1,') \
            robokassa-sim platform-sim; do \
        install -D -s -t /image/bin "build/bin/$component" || exit; \
    done
# services/NAME/NAME.cfg of every process, the operator's, and what differs in the demonstration.
RUN install -D -m 0644 -t /image/etc tools/kopeck/kopeck.cfg \
        $(for folder in services/*/; do ls "$folder$(basename "$folder").cfg" 2>/dev/null; done) \
    && install -D -m 0644 -t /image/etc/demo tools/containers/*.cfg \
    && sed '/^robokassa/,$d' services/payment/payment.cfg | cat - tools/containers/payment.cfg \
        >/image/etc/demo/payment.cfg \
    && install -m 0755 -t /image/bin tools/make_keys tools/containers/customers

FROM debian:12-slim
# A volume takes its owner and mode from the folder of the image that it is put over, whichever
# container comes first: so each of them is there.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libzmq5 libczmq4 liblmdb0 libzstd1 libssl3 libsodium23 libcurl4 \
        libexpat1 libmicrohttpd12 libjansson4 libseccomp2 \
        libpangocairo-1.0-0 libqrencode4 libpq5 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 kopeck \
    && useradd --uid 10001 --gid kopeck --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin kopeck
COPY --from=build /image/bin/ /usr/local/bin/
COPY --from=build /image/etc/ /etc/kopeck/
RUN install -d -o kopeck -g kopeck -m 0755 /keys /keys/public /keys/secret \
    && install -d -o kopeck -g kopeck -m 0700 /keys/secret/others /keys/secret/robokassa \
        $(ls /etc/kopeck/*.cfg | grep -v /kopeck.cfg | sed 's,.*/\(.*\)\.cfg,/keys/secret/\1,') \
        /var/lib/kopeck /var/backups/kopeck
ENV KOPECK_CONFIG=/etc/kopeck/kopeck.cfg
USER kopeck
