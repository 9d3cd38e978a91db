"""Start here: the routes, and the middleware in request order."""

from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from db.engine import Database
from graph.deprecation import PAGE as DEPRECATIONS
from graph.errors import ClientError
from graph.http.cors import Cors
from graph.http.downloads import Downloads
from graph.http.entrance import Entrance
from graph.http.health import health, livez, readyz
from graph.http.operators import Operators
from graph.http.permission import METHODS, QUERY
from graph.http.request import NAMED
from graph.http.uploads import PUT, Uploads
from graph.identity.development_tokens import development_token
from graph.identity.loopback import is_loopback
from graph.identity.viewer import EVERY
from graph.links import FILES, UPLOADS
from graph.parts import Parts, limits_of, rates_of
from graph.settings import Settings
from graph.site import capabilities, schema_changes, schema_text
from graph.site import files as site_files
from graph.site.capabilities import Capabilities
from graph.site.deprecations import DeprecationsPage
from graph.site.directory import Directory
from graph.site.docs import Docs, tells_schema
from graph.site.door import Door
from graph.site.front import FrontPage
from graph.site.front_page import Ways
from graph.site.graphiql import npm
from graph.site.graphiql.ide import Ide, IssueToken
from graph.site.health_page import for_people
from graph.site.profile import PATH, ProfilePage
from graph.site.reference.reference import Reference
from graph.site.refusals import answer_error
from graph.site.schema_changes import SchemaChanges
from graph.site.schema_text import SchemaText
from graph.site.search import results
from graph.site.search.index import SearchIndex
from graph.site.search.schema_pages import pages_of_schema
from graph.telemetry.exposition import metrics

# Where GraphQL is served.
GRAPHQL = "/graphql"


def create_app(settings: Settings, *, database: Database | None = None) -> Entrance:
    """Return the server; `database` takes the place of the one that the settings name."""
    parts = Parts.of(settings)
    routes = routes_of(settings, parts)
    others = Starlette(
        routes=routes,
        middleware=[Middleware(Cors, settings.cors_origins, settings.cors_headers, methods_of(settings))],
        lifespan=lambda _: parts.running(database),
        exception_handlers={HTTPException: answer_error, ClientError: answer_error},
    )
    # Where a redirect would lead depends on the Host that a client made up.
    others.router.redirect_slashes = False
    return Entrance(parts.endpoint, parts.sockets, others, GRAPHQL, routes, settings.forwarded_allow_ips)


def routes_of(settings: Settings, parts: Parts) -> list[Route]:
    """Return the routes, the first that fits being taken."""
    endpoint, authentication, check_up = parts.endpoint, parts.authentication, parts.check_up
    is_open = settings.environment == "development"
    secret = settings.operations_token.get_secret_value() if settings.operations_token else None
    operators = Operators(authentication, secret, is_open=is_open)
    ide = Ide(npm.folder_in(settings.data_dir), token_maker(settings)) if settings.shows_graphiql else None
    schema = SchemaText(authentication, is_open=is_open)
    told = Capabilities(settings, limits_of(settings), rates_of(settings))
    changes = SchemaChanges(authentication)
    docs = Docs(has_ide=ide is not None)
    directory = Directory(parts.announcer.runner, is_public=not settings.token_required)
    front = FrontPage(directory, check_up, ways_of(settings), tells=is_open)
    reference = Reference(authentication, parts.announcer.runner, is_open=is_open, has_ide=ide is not None)
    return [
        Route("/", front.answer),
        Route(GRAPHQL, Door(endpoint, ide.page if ide else front.page, shows_queries=ide is not None)),
        Route(schema_text.PATH, schema.answer),
        Route(capabilities.PATH, told.answer),
        Route(NAMED + "{document}", endpoint),
        # An id is any text, and may have slashes in it.
        Route(NAMED + "{folder:path}/{document}", endpoint),
        *(ide.routes() if ide else ()),
        Route(FILES + "{id:uuid}", Downloads(parts.files).answer),
        Route(UPLOADS + "{id:uuid}", Uploads(parts.files, settings.max_upload_bytes).answer, methods=[PUT]),
        Route("/livez", for_people(livez)),
        Route("/readyz", for_people(partial(readyz, check_up=check_up, tells=is_open))),
        Route("/health", operators.only(for_people(partial(health, check_up=check_up)))),
        Route("/metrics", operators.only(metrics)),
        Route(PATH, operators.only(ProfilePage().answer)),
        *site_files.routes(),
        *reference.routes(),
        SearchIndex(lambda: pages_of_schema(reference.view_of_everybody())).route(),
        results.route(),
        Route("/docs", docs.answer),
        Route(schema_text.OLD_PATH, schema.answer),
        Route(schema_changes.PATH, changes.page),
        Route(schema_changes.FEED, changes.feed),
        Route(schema_changes.JSON, changes.json),
        Route(DEPRECATIONS, DeprecationsPage(operators, authentication, is_open=is_open).answer),
        Route("/docs/{name:path}", operators.only(docs.answer, where=tells_schema)),
    ]


def ways_of(settings: Settings) -> Ways:
    """Return how the front page says that one may ask."""
    return Ways(settings.shows_graphiql, settings.token_required, settings.documents_mode != "only")


def token_maker(settings: Settings) -> IssueToken | None:
    """Return what makes GraphiQL's tokens, with which an EDITOR may change every company.

    None unless one develops, and the server is reached from this machine alone.
    """
    is_private = settings.environment == "development" and is_loopback(settings.host)
    if not (is_private and settings.hs256_secret()):
        return None
    return partial(development_token, settings, companies=[EVERY])


def methods_of(settings: Settings) -> tuple[str, ...]:
    """Return the methods that pages of other sites may use."""
    methods = (*METHODS, PUT)
    return (*methods, QUERY) if settings.http_query else methods
