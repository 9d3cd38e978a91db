# syntax=docker/dockerfile:1
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY graph graph
COPY db db
COPY migrations migrations
COPY docs docs
RUN pip install --no-cache-dir --prefix=/install .

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 ariesone
COPY --from=build /install /usr/local
USER ariesone
WORKDIR /home/ariesone
# GraphiQL is fetched here, once; whether browsers get it is said by GRAPHIQL.
ARG NPM_REGISTRY=https://registry.npmjs.org
RUN ariesone graphiql fetch
ENV HOST=0.0.0.0 PORT=8000 ENVIRONMENT=production PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["ariesone", "serve"]
