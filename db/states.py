"""Which states foreign addresses name."""

from collections.abc import Collection

from sqlalchemy import Text, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from db.reads import Reads
from db.statement import compiled
from db.tables import locations


async def foreign(database: Reads, names: Collection[str]) -> set[str]:
    """Return those of some folded names that the state of a foreign address has."""
    return {row["name"] for row in await database.read(_FOREIGN, {"names": list(names)})}


_NAME = func.fold(locations.c.state)
_NAMES = bindparam("names", type_=ARRAY(Text))
_FOREIGN = compiled(
    select(_NAME.label("name"))
    .distinct()
    .where(locations.c.country != literal_column("'US'"), _NAME.bool_op("=")(func.any(_NAMES)))
)
