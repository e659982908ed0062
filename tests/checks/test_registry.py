"""The rules there are, by their ids."""

from crawler.checks.registry import rules
from crawler.model.policy import PolicyModel


def test_each_module_is_a_rule_under_its_own_name():
    known = rules()
    assert "foreign-brand-text" in known
    for rule_id, rule in known.items():
        assert rule.__name__.rpartition(".")[2] == rule_id.replace("-", "_")
        assert rule.meta.id == rule_id
        assert callable(rule.run)
        assert issubclass(rule.Params, PolicyModel)
