"""No circle of imports, in the package or in its tests: every module can be read after those that it imports."""

from graphlib import TopologicalSorter

import grimp
import pytest


@pytest.mark.parametrize(
    ("packages", "for_types_alone"),
    [(["fs_pipeline"], True), (["fs_pipeline", "fs_pipeline_tests"], False)],
    ids=["package", "tests as well, but for what they import for types alone"],
)
def test_no_module_imports_itself_however_indirectly(packages, for_types_alone):
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=not for_types_alone)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert "fs_pipeline.toolkit.tables" in imports["fs_pipeline.store.lake"]
    TopologicalSorter(imports).prepare()  # a CycleError names the circle
