"""Paths, tokens and envelopes are those of section 1 of the contract."""

import requests

UNKNOWN = {"estado": "error", "mensaje": "El comando solicitado no existe."}


def test_command_names_match_without_regard_to_case(panel):
    """Any mixture of cases will do, and the journal shows the proper name."""
    assert panel.api("getDEPARTAMENTOS")["estado"] == "exito"
    assert panel.control("journal")["entries"][0]["command"] == "GetDepartamentos"


def test_unknown_commands_are_refused(panel):
    """Commands whose shape nobody knows are not imitated."""
    for name in ("GetTareas", "CreateTarea", "PromesaPago", "UpdateUser"):
        assert panel.api(name) == UNKNOWN


def test_body_without_content_type_works_and_unknown_keys_are_ignored(panel):
    """The panel reads the body, not its label."""
    body = f'{{"token":"{panel.token}","idcliente":"77","currencyCode":"MXN"}}'

    answer = requests.post(f"{panel.url}/api/v1/GetClientsDetails", data=body, timeout=10)

    assert answer.json()["datos"][0]["id"] == 77


def test_bad_tokens_and_bad_bodies_are_refused(panel):
    """A wrong, missing or wrongly cased token, and a body that is no JSON object: same refusal, HTTP 200."""
    url = f"{panel.url}/api/v1/GetDepartamentos"
    bodies = ['{"token":"x"}', "{}", '{"token":"SANDBOX-TOKEN"}', "[]", "token=sandbox-token", ""]

    answers = [requests.post(url, data=body, timeout=10) for body in bodies]

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["mensaje"] for answer in answers} == {"El token no es válido."}


def test_error_status_and_key_follow_their_switches(panel):
    """Switches error_status and error_text_key."""
    panel.control("switches", {"error_status": 400, "error_text_key": "salida"})

    status, text = panel.post("/api/v1/GetTareas", {"token": panel.token})

    assert (status, text) == (400, '{"estado": "error", "salida": "El comando solicitado no existe."}')


def test_v11_takes_a_bearer_token_behind_its_switch(panel):
    """Switch v11."""
    head = {"Authorization": f"Bearer {panel.token}"}
    off = panel.post("/api/v11/GetDepartamentos", {}, head)[0]
    panel.control("switches", {"v11": True})
    right = panel.post("/api/v11/GetDepartamentos", {}, head)
    wrong = panel.post("/api/v11/GetDepartamentos", {"token": panel.token}, {"Authorization": "Bearer x"})

    assert (off, right[0], wrong[0]) == (404, 200, 401)
    assert '"salida"' in wrong[1]


def test_get_is_no_verb_of_the_api(panel):
    """Commands are posted."""
    assert requests.get(f"{panel.url}/api/v1/GetDepartamentos", timeout=10).status_code == 404
