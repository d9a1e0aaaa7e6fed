"""What changes in the data is seen at the next request."""

from __future__ import annotations


def test_promise_that_is_broken_is_said(ask, published):
    published.execute("update registry.layer set checked_at = now() - interval '31 days' where id = 'clinics'")
    published.commit()
    page = ask("/map/?layer=clinics")
    assert "дані мають перевіряти раз на 30 днів" in page.text
    assert "обіцяного терміну не дотримано" in ask("/map/clinics/c1/").text


def test_layer_that_is_taken_out_is_gone_at_the_next_request(ask, published):
    from geoplatform.publishing.publish import unpublish

    assert ask("/map/places/p0001/").status == 200
    unpublish(published, "places")
    published.commit()
    assert ask("/map/places/p0001/").status == 404
    assert "Шару «places» немає" in ask("/map/?layer=places").text
