"""Who may use what: the guards that types and arguments carry."""

from graph.directives.cost import SHORTEST_BULK
from graph.identity.viewer import Role
from graph.roles.directive import RequiresRole

# How to reach a company and the people in it.
CONTACT = RequiresRole(any_of=[Role.VIEWER, Role.PARTNER, Role.EDITOR, Role.ADMIN])

# More than a person looks at.
BULK = RequiresRole(any_of=[Role.PARTNER, Role.ADMIN], above=SHORTEST_BULK)

# What identifies a company to the tax office.
TAX = RequiresRole(any_of=[Role.ADMIN])

# What became of all companies, with the names of who did it by hand.
FEED = RequiresRole(any_of=[Role.PARTNER, Role.EDITOR, Role.ADMIN])

# To change companies and their locations: those that the token names.
EDITS = RequiresRole(any_of=[Role.EDITOR, Role.ADMIN])

# To keep lists of companies, and read what becomes of these.
WATCH = RequiresRole(any_of=[Role.PARTNER, Role.EDITOR, Role.ADMIN])

# For exporting everything that can be read into a file.
EXPORTS = RequiresRole(any_of=[Role.PARTNER, Role.ADMIN])

# For seeing and canceling one's jobs.
JOBS = RequiresRole(any_of=[Role.PARTNER, Role.EDITOR, Role.ADMIN])

# For having changes sent to one's webhooks.
SENT = RequiresRole(any_of=[Role.PARTNER, Role.EDITOR, Role.ADMIN])
