"""The API against its own description: schemathesis makes requests from the schema, also wrong ones; no answer is a 5xx."""

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given

from tests.e2e.test_every_page import origin

pytestmark = pytest.mark.timeout(420)
EXAMPLES = 12  # of each operation here; more by hand: the strategy is the same


@pytest.mark.filterwarnings("ignore")
def test_no_request_made_from_the_schema_breaks_the_server(origin: str) -> None:
    schema = schemathesis.openapi.from_url(f"{origin}/api/schema/openapi.json")
    broken: list[str] = []
    operations = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        operations += 1

        @hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
        @given(case=operation.as_strategy())
        def run(case: schemathesis.Case) -> None:
            answer = case.call(base_url=origin, timeout=20)
            if answer.status_code >= 500:
                broken.append(f"{case.method} {case.path}: {answer.status_code}")

        run()
    assert operations > 15
    assert broken == []


__all__ = ["origin"]
