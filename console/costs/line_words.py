"""Line words: under which line of a dimension a value of the bill is, and what that line is called."""

from __future__ import annotations

from collections.abc import Iterable

from console.costs.alive import COMPUTES
from console.domain import scopes
from console.domain.billing.belongings import Belongings, How
from console.domain.billing.lines import REST, Dimension, Words
from console.domain.billing.resource_names import ResourceName, ResourceNames
from console.domain.billing.tags import TagCosts
from console.domain.compute import Compute
from console.domain.scopes import WorkspaceRef

#: What is told of a line that is several things at once, by its dimension.
RESTS = {
    Dimension.COMPUTE: Words("other resources", "", "storage, networks, other services: b, resource lists them"),
    Dimension.WORKSPACE: Words("of no workspace", "", "other resources of the subscription, and purchases"),
    Dimension.RESOURCE: Words("no resource", "purchase or adjustment"),
    Dimension.METER: Words("no meter"),
    Dimension.TAG: Words("untagged", "tag"),
}
#: Days and resources that a note names; the rest are counted.
MOST_NAMED = 2


class LineWords:
    """Of one dimension, as workspaces and computes are known now. `read` are the open workspaces whose computes were read."""

    def __init__(
        self,
        dimension: Dimension,
        belongings: Belongings,
        computes: Iterable[Compute],
        read: Iterable[WorkspaceRef],
        tags: TagCosts | None = None,
    ) -> None:
        self._dimension, self._belongings, self._tags = dimension, belongings, tags
        self._open = {scopes.key(ref.id) for ref in read}
        self._names = ResourceNames(belongings, computes, [*read])

    def label(self, value: str) -> str:
        """The key of the line that a value of the bill's grouping belongs to."""
        if self._dimension in {Dimension.METER, Dimension.TAG}:
            return value
        key = scopes.key(value) if value else REST
        if self._dimension is Dimension.COMPUTE:
            return key if COMPUTES in key else REST
        if self._dimension is Dimension.WORKSPACE:
            belonging = self._belongings.of(value) if value else None
            if belonging is None:
                return REST
            return scopes.key(belonging.workspaces[0].id) if belonging.alone is not None else key
        return key

    def of(self, key: str) -> Words:
        """What the line of a key is called."""
        if key == REST:
            return RESTS[self._dimension]
        if self._dimension is Dimension.METER:
            return Words(key, "meter")
        if self._dimension is Dimension.TAG:
            return Words(key, "tag", self._since(key))
        named = self._names.of(key)
        return Words(named.name, named.kind, self._note(key, named))

    def resource(self, resource_id: str) -> ResourceName:
        """What a billed resource is called."""
        return self._names.of(resource_id)

    def _note(self, key: str, named: ResourceName) -> str:
        notes = ["deleted"] if named.there is False else []
        notes += [f"shared by {named.shared} workspaces"] if named.shared else []
        belonging = self._belongings.of(key)
        if belonging is not None and belonging.how is How.COMPANION:
            notes.append(f"companion of {named.workspace}")
        elif named.workspace and named.workspace != named.name:
            notes.append(f"of {named.workspace}")
        alone = belonging.alone if belonging is not None else None
        if alone is not None and scopes.key(alone.id) not in self._open:
            notes.append("not open here")
        return ", ".join(notes)

    def _since(self, value: str) -> str:
        """Since when resources bear a tag's value, where they were billed without it before."""
        late = [each for each in self._tags.since if each.value == value] if self._tags is not None else []
        told = [f"{self._names.of(each.resource_id).name} tagged since {each.since:%-d %b}" for each in late[:MOST_NAMED]]
        return ", ".join(told) + (f" and {len(late) - MOST_NAMED} more" if len(late) > MOST_NAMED else "")
