"""Examples that several places of the schema share: global ids, cursors, a name."""

from graph.directives.example import Example

A_COMPANY = Example(value="company:1234567893")
A_LOCATION = Example(value="location:6fa459ea-ee8a-3ca4-894e-db77e160355e")
A_LOCATION_BY_HAND = Example(value="location:886313e1-3b8a-5372-9b90-0c9aee199e5d")
A_REMOVED_LOCATION = Example(value="location:3d813cbb-47fb-32ba-91df-831e1593ac29")
A_LICENSE = Example(value="license:16fd2706-8baf-433b-82eb-8c7fada847da")
A_JOB = Example(value="job:9b82073d-5c86-4f01-fd40-d53fdec257ca")
A_WATCH_LIST = Example(value="watch-list:95aa5f7a-2430-cf19-5292-2d89b419170c")
A_WEBHOOK = Example(value="webhook:2bae3472-68de-109a-88a5-66baa5f02138")
AN_UPLOAD = Example(value="upload:1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed")

# Where events are sent to.
A_HOOK = Example(value="https://example.com/hooks/companies")

# Of a change, and of an item in a page.
A_CHANGE = Example(value="4711")
A_PLACE = Example(value="WyI2ZDJkZGM0ZTg1OTQiLCJBQ01FIl0")

# Of a company that is here, and of none that can be: such numbers aren't issued.
AN_NPI = Example(value="1234567893")
A_NEW_NPI = Example(value="2888888882")

# What somebody has typed of a name.
A_PREFIX = Example(value="acme med")
A_NAME = Example(value="ACME MEDICAL SUPPLY LLC")
