"""Embeddings with the `openai` package, which asks for them in base64 and decodes them."""

import math


def test_vectors_come_as_the_sdk_asks_for_them_by_itself(stand):
    answer = stand.openai.embeddings.create(model="embed", input=["order", "invoice", "order"])
    first, second, third = (entry.embedding for entry in answer.data)
    assert first == third != second
    assert len(first) == 1536
    assert math.isclose(math.hypot(*first), 1, abs_tol=1e-4), "decoded as floats"
    assert answer.model == "embed"
    assert answer.usage.prompt_tokens > 0


def test_vectors_come_as_numbers_and_as_short_as_asked(stand):
    answer = stand.openai.embeddings.create(
        model="embed", input="order", encoding_format="float", dimensions=8
    )
    assert len(answer.data[0].embedding) == 8
