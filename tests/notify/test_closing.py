import pytest

from shortener.accounts.actors import Actor, Via
from shortener.accounts.workspaces import create_workspace
from shortener.links.workspaces import delete_workspace
from shortener.notify.models import Webhook

pytestmark = pytest.mark.django_db


def test_webhooks_end_with_their_workspace_and_others_stay(owner, workspace):
    by = Actor(Via.FORM, owner)
    team = create_workspace(name="Press office", owner=owner, by=by)
    for each in (team, workspace):
        Webhook.objects.create(
            workspace=each, url="https://example.com/hook", events=["link.created"], secret="whsec_x"
        )
    delete_workspace(team, by=by)
    assert [webhook.workspace for webhook in Webhook.objects.all()] == [workspace]
