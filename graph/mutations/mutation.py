"""The root of every mutation: what can be changed, over the verbs beside this file."""

import strawberry

from graph.directives.cost import Cost
from graph.mutations.add_license import ADD_LICENSE
from graph.mutations.add_location import ADD_LOCATION
from graph.mutations.add_to_watch_list import add_to_watch_list
from graph.mutations.cancel_job import cancel_job
from graph.mutations.create_company import CREATE_COMPANY
from graph.mutations.create_upload import CreateUploadPayload, create_upload
from graph.mutations.create_watch_list import create_watch_list
from graph.mutations.delete_watch_list import delete_watch_list
from graph.mutations.delete_webhook import delete_webhook
from graph.mutations.disable_webhook import disable_webhook
from graph.mutations.enable_webhook import enable_webhook
from graph.mutations.export_companies import export_companies
from graph.mutations.import_companies import import_companies
from graph.mutations.import_locations import import_locations
from graph.mutations.job_payload import JobPayload
from graph.mutations.payload import (
    CompaniesPayload,
    CompanyPayload,
    LicensePayload,
    LicensesPayload,
    LocationPayload,
    LocationsPayload,
)
from graph.mutations.register_webhook import register_webhook
from graph.mutations.remove_from_watch_list import remove_from_watch_list
from graph.mutations.remove_license import REMOVE_LICENSE
from graph.mutations.remove_location import REMOVE_LOCATION
from graph.mutations.renew_license import RENEW_LICENSE
from graph.mutations.replay_webhook import replay_webhook
from graph.mutations.restore_location import RESTORE_LOCATION
from graph.mutations.rotate_webhook_secret import OVERLAP, rotate_webhook_secret
from graph.mutations.set_company_active import SET_COMPANY_ACTIVE
from graph.mutations.set_primary_location import SET_PRIMARY_LOCATION
from graph.mutations.try_webhook import TestWebhookPayload, test_webhook
from graph.mutations.update_company import UPDATE_COMPANY
from graph.mutations.update_location import UPDATE_LOCATION
from graph.mutations.update_watch_list import update_watch_list
from graph.mutations.update_webhook import update_webhook
from graph.mutations.verify_list import MOST_ROWS, verify_list
from graph.mutations.watch_list_editing import MAX_LISTS, MAX_NPIS
from graph.mutations.watch_list_payload import DeletedWatchListPayload, WatchListPayload
from graph.mutations.webhook_editing import MAX_WEBHOOKS
from graph.mutations.webhook_payload import DeletedWebhookPayload, WebhookPayload, WebhookSecretPayload
from graph.types.guards import EDITS, EXPORTS, JOBS, SENT, WATCH
from graph.types.job import MAX_UNFINISHED

# What a file costs those who ask for it, beside what it costs while nobody waits for it.
EXPORTED = Cost(weight="1000")
# A time-out of seconds.
TRIED = Cost(weight="100")


@strawberry.type(
    description=(
        "All mutations. The fields of a document are executed in their order, each committed or undone by "
        "itself, or all together with `@atomic`."
    )
)
class Mutation:
    """The fields of mutations, each a verb by one row or by many, or something of the viewer's own."""

    update_company: CompanyPayload | None = UPDATE_COMPANY.one(
        "Write what people own of a company (web site, tax id), or anything of one entered by hand."
    )
    update_companies: CompaniesPayload | None = UPDATE_COMPANY.many("updateCompany for many companies at once.")
    create_company: CompanyPayload | None = CREATE_COMPANY.one("Enter a company that the registry doesn't have.")
    create_companies: CompaniesPayload | None = CREATE_COMPANY.many("createCompany for many companies at once.")
    set_company_active: CompanyPayload | None = SET_COMPANY_ACTIVE.one(
        "Set a company's `isActive` whatever the registry says, or leave it to the registry again."
    )
    set_companies_active: CompaniesPayload | None = SET_COMPANY_ACTIVE.many(
        "setCompanyActive for many companies at once."
    )
    add_location: LocationPayload | None = ADD_LOCATION.one("Enter a place that the registry doesn't have.")
    add_locations: LocationsPayload | None = ADD_LOCATION.many("addLocation for many places at once.")
    update_location: LocationPayload | None = UPDATE_LOCATION.one(
        "Write what people own of a place (name, e-mail, isActive), or all of one entered by hand."
    )
    update_locations: LocationsPayload | None = UPDATE_LOCATION.many("updateLocation for many places at once.")
    set_primary_location: LocationPayload | None = SET_PRIMARY_LOCATION.one(
        "Make a place its company's primary one, in place of the one that is."
    )
    set_primary_locations: LocationsPayload | None = SET_PRIMARY_LOCATION.many(
        "setPrimaryLocation for the places of many companies at once."
    )
    remove_location: LocationPayload | None = REMOVE_LOCATION.one(
        "Remove a place that was entered by hand; `restoreLocation` brings it back."
    )
    remove_locations: LocationsPayload | None = REMOVE_LOCATION.many("removeLocation for many places at once.")
    restore_location: LocationPayload | None = RESTORE_LOCATION.one("Bring a removed place back as it was.")
    restore_locations: LocationsPayload | None = RESTORE_LOCATION.many("restoreLocation for many places at once.")
    add_license: LicensePayload | None = ADD_LICENSE.one("Enter a license of a company.")
    add_licenses: LicensesPayload | None = ADD_LICENSE.many("addLicense for many licenses at once.")
    renew_license: LicensePayload | None = RENEW_LICENSE.one("Have a license expire later than it did.")
    renew_licenses: LicensesPayload | None = RENEW_LICENSE.many("renewLicense for many licenses at once.")
    remove_license: LicensePayload | None = REMOVE_LICENSE.one("Remove a license; its history stays.")
    remove_licenses: LicensesPayload | None = REMOVE_LICENSE.many("removeLicense for many licenses at once.")
    create_watch_list: WatchListPayload | None = strawberry.field(
        resolver=create_watch_list,
        directives=[WATCH],
        description=f"Create a watch list, with NPIs or with a filter; you can have {MAX_LISTS}.",
    )
    update_watch_list: WatchListPayload | None = strawberry.field(
        resolver=update_watch_list,
        directives=[WATCH],
        description="Change the name or the filter of a watch list.",
    )
    add_to_watch_list: WatchListPayload | None = strawberry.field(
        resolver=add_to_watch_list,
        directives=[WATCH],
        description=f"Add NPIs to a watch list; it can have {MAX_NPIS}.",
    )
    remove_from_watch_list: WatchListPayload | None = strawberry.field(
        resolver=remove_from_watch_list, directives=[WATCH], description="Remove NPIs from a watch list."
    )
    delete_watch_list: DeletedWatchListPayload | None = strawberry.field(
        resolver=delete_watch_list, directives=[WATCH], description="Delete a watch list."
    )
    export_companies: JobPayload | None = strawberry.field(
        resolver=export_companies,
        directives=[EXPORTS, EXPORTED],
        description=(
            "Export companies into a file, as they all are at one moment; download it once the job is done. You "
            f"can have {MAX_UNFINISHED} unfinished jobs at a time."
        ),
    )
    create_upload: CreateUploadPayload | None = strawberry.field(
        resolver=create_upload,
        directives=[JOBS],
        description=(
            "Get a link to send a file to, for `verifyList`, `importCompanies` or `importLocations`: a PUT with "
            "the file as its body, as it is or compressed with gzip, needs no token."
        ),
    )
    verify_list: JobPayload | None = strawberry.field(
        resolver=verify_list,
        directives=[EXPORTS, EXPORTED],
        description=(
            f"Verify a list of up to {MOST_ROWS:,} NPIs, as `verifyNpis` does: the job writes each row with the "
            f"verdict on its number. You can have {MAX_UNFINISHED} jobs at a time."
        ),
    )
    import_companies: JobPayload | None = strawberry.field(
        resolver=import_companies,
        directives=[EDITS, EXPORTED],
        description=(
            "Import the companies of a file that you have uploaded, by the rules of createCompanies and "
            "updateCompanies. The job's file has the outcome of each row."
        ),
    )
    import_locations: JobPayload | None = strawberry.field(
        resolver=import_locations,
        directives=[EDITS, EXPORTED],
        description=(
            "Import the locations of a file that you have uploaded, by the rules of addLocations and "
            "updateLocations. The job's file has the outcome of each row."
        ),
    )
    cancel_job: JobPayload | None = strawberry.field(
        resolver=cancel_job, directives=[JOBS], description="Cancel a job of yours that hasn't ended."
    )
    register_webhook: WebhookSecretPayload | None = strawberry.field(
        resolver=register_webhook,
        directives=[SENT],
        description=f"Have changes of companies sent to a URL of yours; you can have {MAX_WEBHOOKS} webhooks.",
    )
    update_webhook: WebhookPayload | None = strawberry.field(
        resolver=update_webhook,
        directives=[SENT],
        description="Change the URL or the subscription of a webhook; failed events are retried at once.",
    )
    rotate_webhook_secret: WebhookSecretPayload | None = strawberry.field(
        resolver=rotate_webhook_secret,
        directives=[SENT],
        description=f"Give a webhook a new secret; by default the old one also signs for {OVERLAP} more hours.",
    )
    disable_webhook: WebhookPayload | None = strawberry.field(
        resolver=disable_webhook,
        directives=[SENT],
        description="Stop sending events to a webhook; changes aren't kept for it meanwhile.",
    )
    enable_webhook: WebhookPayload | None = strawberry.field(
        resolver=enable_webhook,
        directives=[SENT],
        description="Send events to a disabled webhook again, from where it stopped or from another change.",
    )
    delete_webhook: DeletedWebhookPayload | None = strawberry.field(
        resolver=delete_webhook, directives=[SENT], description="Delete a webhook, with its list of deliveries."
    )
    test_webhook: TestWebhookPayload | None = strawberry.field(
        resolver=test_webhook,
        directives=[SENT, TRIED],
        description="Send a webhook one sample event, and report the result; its cursor doesn't move.",
    )
    replay_webhook: WebhookPayload | None = strawberry.field(
        resolver=replay_webhook,
        directives=[SENT],
        description="Send a webhook everything after a change once more.",
    )
