# Grafana with Kopeck's dashboard, for the profile `observe` of docker-compose.yml. Debian has no
# Grafana: this is the image of those who make it. It asks nobody outside.
FROM grafana/grafana-oss:11.2.0
USER root
RUN rm -rf /var/lib/grafana && install -d -o 10001 -g 10001 -m 0700 /var/lib/grafana
COPY tools/observe/grafana.ini /etc/grafana/grafana.ini
COPY tools/observe/grafana-source.yml /etc/grafana/provisioning/datasources/kopeck.yml
COPY tools/observe/grafana-dashboards.yml /etc/grafana/provisioning/dashboards/kopeck.yml
COPY tools/observe/kopeck.dashboard.json /etc/grafana/kopeck/kopeck.dashboard.json
USER 10001:10001
