import re

from api.documents import CSP


def test_the_page_loads_nothing_from_elsewhere(client):
    page = client.get("/docs")
    assert page.headers["content-security-policy"] == CSP
    assert "unsafe-eval" not in CSP
    assert re.search(r"script-src 'self';", CSP)
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert link.startswith("/docs/")
        assert client.get(link).status_code == 200


def test_the_bundle_reads_openapi_3_1(client):
    bundle = client.get("/docs/assets/swagger-ui-bundle.js").text
    assert "OpenAPI31" in bundle
    assert "/openapi.json" in client.get("/docs/start.js").text
