# Haypile from this checkout, for who has Docker:
#   npm run pack && docker build -t haypile:0.1.0 .
# scripts/build-image makes the same without Docker and without a base image; a test compares the two.
# The tags carry no digest: they get Debian's and Node's security fixes, and a digest of today would keep them out.
# Who needs the same bytes every time writes node:24-slim@sha256:… in both places.
FROM node:24-slim AS install
COPY dist-packages/*.tgz /packs/
RUN rm -f /packs/haypile-model-bge-* /packs/haypile-model-e5-* \
  && mkdir -p /opt/haypile && cd /opt/haypile \
  && npm install --ignore-scripts --no-audit --no-fund /packs/*.tgz \
  && find . -name '*.d.ts' -delete && rm package.json package-lock.json

FROM node:24-slim
RUN apt-get update && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* && install -d -o 1000 -g 1000 -m 0700 /data
COPY --from=install /opt/haypile /opt/haypile
COPY tools/container/haypile /usr/local/bin/haypile
ENV HOME=/data \
  LANG=C.UTF-8 \
  HAYPILE_DATA_DIR=/data \
  HAYPILE_CACHE_DIR=/data/cache \
  HAYPILE_CONFIG_DIR=/data/config \
  HAYPILE_HTTP_HOST=0.0.0.0 \
  HAYPILE_HTTP_PORT=3030 \
  HAYPILE_MAX_MEMORY=200MB
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 3030/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=20s --start-period=30s --retries=3 CMD ["/usr/local/bin/haypile", "health"]
ENTRYPOINT ["/usr/bin/tini", "--", "/usr/local/bin/haypile"]
CMD ["daemon"]
