"""The server that plays HubSpot speaks its protocol: the client that HubSpot publishes understands it."""

import pytest
from crm_servers.base import in_thread
from crm_servers.hubspot import HubSpot
from crm_servers.hubspot_account import TOKEN
from hubspot import HubSpot as Client
from hubspot.crm.associations.v4 import ApiException as AssociationsException
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.contacts import ApiException, BatchReadInputSimplePublicObjectId, PublicObjectSearchRequest
from hubspot.crm.owners import ApiException as OwnersException
from hubspot.crm.properties import ApiException as PropertiesException


@pytest.fixture(scope="module")
def crm():
    with in_thread(HubSpot(10_250, 11_000, 100)) as mock:
        yield mock


@pytest.fixture
def mock(crm):
    crm.faults()
    crm.tell("scopes", missing=[])
    return crm


def at(api, url):
    """A part of the client, at our server."""
    api.api_client.configuration.host = url
    return api


def contacts_search(mock, token=TOKEN, **given):
    return at(Client(access_token=token).crm.contacts.search_api, mock.url).do_search(
        public_object_search_request=PublicObjectSearchRequest(**given)
    )


def test_search_in_pages(mock):
    rules = [{"propertyName": "hs_analytics_source", "operator": "EQ", "value": "OFFLINE"}]
    given = {
        "filter_groups": [{"filters": rules}],
        "sorts": [{"propertyName": "createdate", "direction": "DESCENDING"}],
        "properties": ["createdate", "hs_analytics_source"],
        "limit": 200,
    }
    found, after = [], None
    while True:
        answer = contacts_search(mock, after=after, **given)
        found += answer.results
        if answer.paging is None:
            break
        after = answer.paging.next.after
    assert answer.total == len(found) == 2_050  # every fifth
    assert {one.properties["hs_analytics_source"] for one in found} == {"OFFLINE"}
    assert [one.id for one in found[:2]] == [str(51 + 7 * 10_249), str(51 + 7 * 10_244)]
    assert found[0].created_at > found[-1].created_at
    assert found[0].archived is False


def test_search_without_wishes_gives_ten_with_the_usual_properties(mock):
    answer = contacts_search(mock)
    assert len(answer.results) == 10
    assert answer.total == 10_250
    usual = {"createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"}
    assert set(answer.results[0].properties) == usual


def test_several_groups_are_alternatives(mock):
    groups = [
        {"filters": [{"propertyName": "hs_object_id", "operator": "LT", "value": "60"}]},
        {"filters": [{"propertyName": "hs_object_id", "operator": "LTE", "value": "65"}]},
    ]
    assert [one.id for one in contacts_search(mock, filter_groups=groups).results] == ["51", "58", "65"]


@pytest.mark.parametrize(
    "given",
    [
        {"limit": 201},
        {"limit": 200, "after": "9900"},  # no more than 10,000 can be paged through
        {"filter_groups": [{"filters": []}] * 6},
        {"filter_groups": [{"filters": [{"propertyName": "no_such", "operator": "EQ", "value": "1"}]}]},
        {"sorts": ["createdate"]},
    ],
    ids=str,
)
def test_search_has_limits(mock, given):
    with pytest.raises(ApiException) as caught:
        contacts_search(mock, **given)
    assert caught.value.status == 400
    assert "VALIDATION_ERROR" in caught.value.body


def test_unknown_properties_are_left_out_without_a_word(mock):
    answer = contacts_search(mock, properties=["email", "no_such"], limit=1)
    assert "no_such" not in answer.results[0].properties


def test_batch_read(mock):
    api = at(Client(access_token=TOKEN).crm.contacts.batch_api, mock.url)
    wanted = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "58"}, {"id": "51"}, {"id": "52"}], properties=["jobtitle"], properties_with_history=[]
    )
    answer = api.read(batch_read_input_simple_public_object_id=wanted)
    assert [(one.id, one.properties["jobtitle"]) for one in answer.results] == [("58", "Buyer"), ("51", "Buyer")]
    assert answer.status == "COMPLETE"


def test_list_in_pages(mock):
    api = at(Client(access_token=TOKEN).crm.deals.basic_api, mock.url)
    first = api.get_page(limit=70, properties=["amount"])
    second = api.get_page(limit=70, properties=["amount"], after=first.paging.next.after)
    deals = first.results + second.results
    assert second.paging is None
    assert [one.id for one in deals] == [str(9_001 + 3 * number) for number in range(100)]
    assert sum(int(one.properties["amount"]) for one in deals) == 100 * (2 * 820 + 210)


def test_owners(mock):
    api = at(Client(access_token=TOKEN).crm.owners.owners_api, mock.url)
    first = api.get_page(limit=15)
    second = api.get_page(limit=15, after=first.paging.next.after)
    assert [one.id for one in first.results + second.results] == [str(400 + number) for number in range(20)]
    left = api.get_page(archived=True).results
    assert [(one.last_name, one.archived) for one in left[:1]] == [("North 20", True)]


def test_properties(mock):
    api = at(Client(access_token=TOKEN).crm.properties.core_api, mock.url)
    found = {one.name: one for one in api.get_all("contacts").results}
    assert found["hs_analytics_source"].type == "enumeration"
    assert {one.value: one.label for one in found["interests"].options} == {
        "tools": "Power tools",
        "parts": "Spare parts",
    }
    with pytest.raises(PropertiesException) as caught:
        api.get_all("widgets")
    assert caught.value.status == 400


def test_associations(mock):
    api = at(Client(access_token=TOKEN).crm.associations.v4.batch_api, mock.url)
    wanted = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": "9001"}, {"id": "9022"}, {"id": "9298"}])
    answer = api.get_page("deals", "contacts", batch_input_public_fetch_associations_batch_request=wanted)
    linked = {one._from.id: [str(to.to_object_id) for to in one.to] for one in answer.results}
    # the eighth deal has two contacts, the hundredth none
    assert linked == {"9001": ["51"], "9022": [str(51 + 7 * 7 * 102), "51"]}
    assert answer.num_errors == 1
    assert answer.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
    many = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": "9001"}] * 1_001)
    with pytest.raises(AssociationsException) as caught:
        api.get_page("deals", "contacts", batch_input_public_fetch_associations_batch_request=many)
    assert caught.value.status == 400


def test_account(mock):
    answer = Client(access_token=TOKEN).api_request(
        {"base_url": mock.url, "path": "/account-info/v3/details", "method": "GET"}
    )
    assert answer.json()["portalId"] == 1234567


# --- errors ---


@pytest.mark.parametrize("policy", ["SECONDLY", "TEN_SECONDLY_ROLLING", "DAILY"])
def test_limits(mock, policy):
    mock.faults({"kind": "limit", "given": {"policy": policy}})
    with pytest.raises(ApiException) as caught:
        contacts_search(mock)
    assert caught.value.status == 429
    assert f'"policyName": "{policy}"' in caught.value.body


def test_wrong_token(mock):
    with pytest.raises(ApiException) as caught:
        contacts_search(mock, token="another")
    assert caught.value.status == 401
    assert "INVALID_AUTHENTICATION" in caught.value.body


def test_missing_scope(mock):
    mock.tell("scopes", missing=["crm.objects.owners.read"])
    with pytest.raises(OwnersException) as caught:
        at(Client(access_token=TOKEN).crm.owners.owners_api, mock.url).get_page()
    assert caught.value.status == 403
    assert '"requiredGranularScopes": ["crm.objects.owners.read"]' in caught.value.body
