# syntax=docker/dockerfile:1
# What runs is the published package, built from these sources. The version is that of the lock file (a test compares them).
ARG NODE_IMAGE=node:26.10.0-trixie-slim
ARG UV_VERSION=0.13.9

FROM ${NODE_IMAGE} AS build
ARG UV_VERSION
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends libatomic1 python3 python3-venv
RUN install -d -o 1000 -g 1000 /src /opt/uv
USER 1000:1000
ENV HOME=/src
RUN python3 -m venv /opt/uv && /opt/uv/bin/pip install --no-cache-dir --only-binary :all: uv==${UV_VERSION}
WORKDIR /src
# First only what npm reads, so that a change of the sources installs nothing again.
COPY --chown=1000:1000 package.json package-lock.json .npmrc ./
COPY --chown=1000:1000 packages/admin-ui/package.json packages/admin-ui/
COPY --chown=1000:1000 packages/cli/package.json packages/cli/
COPY --chown=1000:1000 packages/sdk/package.json packages/sdk/
COPY --chown=1000:1000 packages/server/package.json packages/server/
COPY --chown=1000:1000 packages/worker/package.json packages/worker/
RUN npm ci --ignore-scripts --include=dev --include=optional
COPY --chown=1000:1000 . .
# Without the optional packages: they bring a Node.js, which the image has.
RUN npm run package && cd dist/tooldock && npm ci --ignore-scripts --omit=dev --omit=optional

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="ToolDock" \
      org.opencontainers.image.description="Self-hosted, multi-tenant tool server and MCP gateway" \
      org.opencontainers.image.licenses="MIT"
# git and python3 for the servers that people install; util-linux has setpriv, with which workers die when the gateway does.
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update && apt-get install -y --no-install-recommends ca-certificates git libatomic1 python3 tini util-linux
RUN install -d -o 1000 -g 1000 -m 700 /data
COPY --from=build /opt/uv/bin/uv /opt/uv/bin/uvx /usr/local/bin/
COPY --from=build /src/dist/tooldock /app
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    DATA_DIR=/data \
    HOME=/tmp
# A number, so that Kubernetes can see that it is not root.
USER 1000:1000
WORKDIR /app
VOLUME /data
EXPOSE 13000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --start-interval=2s CMD ["node", "/app/deploy/docker/health-check.js"]
# tini reaps what orphaned grandchildren of servers leave, and passes signals on.
ENTRYPOINT ["tini", "--"]
CMD ["node", "--disable-sigusr1", "/app/packages/server/src/main.js"]
