"""Labels that commit by how they are built, and those that only look so: the data's examples, and more."""

# ruff: noqa: E501 - a table of labels

from __future__ import annotations

import pytest

from crawler.lib import words
from crawler.model.scenario import Stage

pytestmark = pytest.mark.browser
PATTERNS = words.load("guard")["commit_pattern"]

DISGUISED = [
    "Buat Pes\u0430nan", "B\u0430y\u0430r Sek\u0430rang", "\uff22\uff41\uff59\uff41\uff52", "Ba\u200byar Sek\u00adarang",
    "B\u00e3yar sekarang", "Tu\u04cfiskan pesanan", "P\u04cface order", "\U0001d401\U0001d41a\U0001d432\U0001d41a\U0001d42b",
]  # fmt: skip
INVENTED = [
    "Catatkan pembelian sekarang", "Finalkan orderan", "Kirimkan pesanan saya", "Bereskan transaksi", "Log my order",
    "OK, catat order", "Terima dan proses pesanan", "Approve this purchase", "Resmikan pesanan", "Simpan & bayar",
]  # fmt: skip
INNOCENT = [
    "Catat nomor resi", "Kirim kode ulang", "Terima kasih", "Lihat pesanan saya", "Tulis ulasan", "Lacak pesanan saya",
    "Tulis pesan", "Kirim pesan ke penjual", "Daftar", "Masuk", "Buat akun", "Tutup", "Daftar pesanan", "Buat alamat baru",
    "Terima notifikasi pesanan", "Create account", "Send message", "Complete your profile", "File a complaint", "Order history",
    "Catatan untuk pesanan", "Pembayaran aman", "Kirim ke alamat lain", "Pilih pembayaran", "Selesai belanja nanti",
]  # fmt: skip


def stopped(shop, stage: Stage, labels: list[str]) -> set[str]:
    """Click a button of each label; return the labels of which the page heard nothing."""
    shop.guard.enter(stage)
    opened = shop.open("/")
    heard = opened.evaluate(
        """labels => {
            const heard = []
            for (const label of labels) {
                const button = document.body.appendChild(document.createElement('button'))
                button.textContent = label
                button.onclick = () => heard.push(label)
                button.click()
            }
            return heard
        }""",
        labels,
    )
    return set(labels) - set(heard)


@pytest.mark.parametrize("stage", [Stage.PAYMENT, Stage.CHECKOUT])
def test_the_examples_of_the_data(shop, stage):
    rows = [row for row in PATTERNS if stage.value in row.get("stages", [stage.value])]
    refused = [label for row in rows for label in row["refuses"]]
    passed = [label for row in rows for label in row["passes"]]
    assert stopped(shop, stage, refused + passed) == set(refused)


def test_labels_that_no_data_names(shop):
    assert stopped(shop, Stage.PAYMENT, INVENTED + INNOCENT) == set(INVENTED)


def test_letters_that_only_look_like_others(shop):
    assert stopped(shop, Stage.PAYMENT, DISGUISED) == set(DISGUISED)


def test_in_a_storefront_such_labels_do_nothing_of_the_kind(shop):
    talk = ["Beli aja", "Order sekarang juga", "Gas checkout", "Catat pesanan", "Terima pesanan"]
    assert stopped(shop, Stage.STOREFRONT, talk) == set()


@pytest.mark.parametrize(
    "label", [label for row in words.load("guard")["hasty_pattern"] for label in row["refuses"]]
)
def test_after_hasty_words_the_guard_fails_closed(shop, label):
    stopped(shop, Stage.PRODUCT, [label])
    shop.guard._ask()
    assert shop.guard.gate.begun.startswith("press: ")


def test_after_other_words_it_does_not(shop):
    stopped(
        shop,
        Stage.PRODUCT,
        [label for row in words.load("guard")["hasty_pattern"] for label in row["passes"]],
    )
    shop.guard._ask()
    assert shop.guard.gate.begun == ""
