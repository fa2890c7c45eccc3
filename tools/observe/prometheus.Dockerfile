# Prometheus of Debian with Kopeck's rules, for the profile `observe` of docker-compose.yml.
FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends prometheus \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/kopeck-prometheus
COPY tools/observe/prometheus.yml tools/observe/kopeck.rules.yml /etc/prometheus/
USER 10001:10001
CMD ["prometheus", "--config.file=/etc/prometheus/prometheus.yml", \
     "--storage.tsdb.path=/var/lib/kopeck-prometheus", "--storage.tsdb.retention.time=90d", \
     "--web.listen-address=0.0.0.0:9090"]
