"""The page's thirty acceptance checks, each with the tests that make it."""

import ast
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent

# The number of a check: what it demands, and the tests of this folder that fail where it does not hold.
CHECKS: dict[int, tuple[str, dict[str, str]]] = {
    1: ("the generated kernel is that of the tables, byte by byte, and its rows are within 1e-15", {
        "equations": "a_rebuild_gives_the_committed_bytes, activations_are_those_of_the_table,"
        " losses_are_those_of_the_table, updates_are_those_of_the_table, schedules_are_those_of_the_table"}),
    2: ("traces of the ten examples within 1e-12", {
        "calculation_courses": "the_examples_of_the_courses_are_those_of_python"}),
    3: ("1,000 steps of the kernel are those of the reference engine, within 1e-12", {
        "kernel_training": "a_thousand_steps_end_where_an_engine_ends"}),
    4: ("and those of the compiled engine, within 1e-9", {
        "kernel_training": "a_thousand_steps_end_where_an_engine_ends"}),
    5: ("shuffles are NumPy's", {"kernel_rng": "draws_are_those_of_numpy"}),
    6: ("the sentence of each weight is that of Trace.explain", {
        "calculation_view": "each_weight_has_the_sentence_of_trace_explain",
        "calculation": "sentences_of_random_networks"}),
    7: ("seven notations are those of to_json", {"calculation_document": "documents_of_every_notation"}),
    8: ("by hand is by_hand(3)", {
        "calculation_view": "by_hand_rounds_on_the_way", "calculation_tools": "by_hand_is_by_hand"}),
    9: ("sixty jumps meet the same bits", {
        "course": "sixty_jumps_inside_epochs_lose_no_bit", "kernel_run": "sixty_jumps_meet_the_same_bits"}),
    10: ("phase, batch and epoch there and back restore everything", {
        "page": "steps_there_and_back_restore_everything",
        "course": "phases_batches_and_epochs_there_and_back_restore_everything"}),
    11: ("fifty edits are undone and made again", {
        "page": "fifty_edits_are_undone_and_redone", "course": "fifty_edits_are_undone_and_redone"}),
    12: ("a link reproduces a run in a fresh browser", {
        "page": "a_link_reproduces_the_run_in_a_fresh_browser"}),
    13: ("a file reproduces it offline", {"page": "a_saved_file_reproduces_the_run_offline"}),
    14: ("CSV of thirty columns by drop, paste and picker", {
        "page_data": "thirty_columns_come_in_by_every_way"}),
    15: ("missing and bad cells are named", {
        "page_data": "missing_and_refused_cells_are_named", "own": "bad_and_missing_cells_are_named"}),
    16: ("three classes, and regression", {
        "page_data": "three_classes_are_learned, a_number_as_target_is_regression"}),
    17: ("NaN is caught, and the finite state is kept", {
        "page": "divergence_is_caught_and_explained",
        "course": "divergence_keeps_the_last_finite_state_and_can_be_left"}),
    18: ("a typed weight changes the loss as in Python", {
        "page": "a_typed_weight_changes_the_outputs_as_in_python"}),
    19: ("a drawn 7 gives predict_proba", {"page": "a_run_of_the_page_is_the_librarys"}),
    20: ("a formula gives the weights of logic_network", {
        "page_logic": "a_formula_has_the_librarys_weights, a_formula_is_wired_on_the_page"}),
    21: ("a perceptron is within its bound", {
        "page_perceptron": "a_run_is_the_librarys_perceptron, the_lesson_makes_the_three_mistakes_of_or"}),
    22: ("the quiz judges by the digits shown", {
        "calculation_courses": "a_guess_is_judged_by_the_digits_shown",
        "calculation_view": "a_guess_is_judged_and_reveals",
        "hostile": "python_judges_a_guess_as_the_page_does"}),
    23: ("the misprint hunt accepts exactly the marked cells", {
        "calculation_courses": "the_hunt_accepts_exactly_the_misprinted_cells",
        "calculation_view": "the_misprints_of_a_note_are_hunted"}),
    24: ("LaTeX compiles; SVG, CSV and JSON read back", {
        "calculation_document": "the_latex_of_the_page_compiles",
        "calculation_view": "the_pass_is_saved_in_four_formats", "page": "exports_read_back"}),
    25: ("the exported program prints the page's loss", {
        "page_program": "the_program_ends_with_the_parameters_of_the_page,"
        " a_file_without_python_writes_the_program",
        "server_page": "the_exported_program_prints_the_pages_loss"}),
    26: ("--check finds a forged answer", {
        "calculation_view": "guesses_are_handed_in_and_checked",
        "checking": "right_answers_are_right_and_wrong_ones_are_not",
        "hostile_page": "guesses_of_another_run_are_not_handed_in"}),
    27: ("axe finds nothing: light, dark, 320 px, 1,440 px, lecture mode", {
        "page_access": "axe_finds_nothing, axe_finds_nothing_in_dialogs, axe_finds_nothing_in_other_pictures"}),
    28: ("a lesson by keyboard", {"page_access": "a_lesson_by_keyboard, a_gradient_is_guessed_by_keyboard"}),
    29: ("no request leaves and no error is in the console, through every door", {
        "page_access": "nothing_leaves_the_page", "server_page": "python_trains_what_the_page_shows",
        "widget": "the_widget_trains_in_jupyterlab_and_asks_nobody_else,"
        " the_widget_trains_in_marimo_and_asks_nobody_else"}),
    30: ("the widget trains in JupyterLab and marimo", {
        "widget": "the_widget_trains_in_jupyterlab_and_asks_nobody_else,"
        " the_widget_trains_in_marimo_and_asks_nobody_else"}),
}  # fmt: skip
MISSING: dict[int, str] = {}  # with reasons


@cache
def names_in(module: str) -> frozenset[str]:
    path = HERE / f"test_{module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


def test_each_of_the_thirty_checks_has_its_tests():
    assert list(CHECKS) == list(range(1, 31))
    without = {number for number, (_, tests) in CHECKS.items() if not tests}
    assert without == set(MISSING), "a check without a test needs a reason; one with a test needs none"


@pytest.mark.parametrize("number", CHECKS)
def test_the_tests_of_a_check_exist(number):
    demand, tests = CHECKS[number]
    for module, names in tests.items():
        for name in names.split(", "):
            assert f"test_{name.strip()}" in names_in(module), f"check {number}, {demand}: test_{module}.py"
