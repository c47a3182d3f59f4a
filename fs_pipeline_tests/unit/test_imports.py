"""No circle of imports, in the package or in its tests: every module can be read after those that it imports."""

from graphlib import TopologicalSorter

import grimp


def test_no_module_imports_itself_however_indirectly():
    graph = grimp.build_graph("fs_pipeline", "fs_pipeline_tests")
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert "fs_pipeline_tests.oracle_periods" in imports["fs_pipeline_tests.oracle"]
    TopologicalSorter(imports).prepare()  # a CycleError names the circle
