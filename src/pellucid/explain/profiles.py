"""The notations: pellucid's own and those of six courses, one row each."""

from __future__ import annotations

from pellucid.exceptions import ParameterError
from pellucid.explain.notation import Notation

__all__ = ["NOTATIONS", "get_notation"]

NOTATIONS: dict[str, Notation] = {
    row.name: row
    for row in (
        Notation(
            "pellucid", "pellucid's own: blocks from 0, samples are rows, the bias row on top of W",
            layer="a_{$k}", weights="[b_{$k}; W_{$k}]", signal="z_{$k}", slope="φ_{$k}′(z_{$k})",
            upstream="∂J/∂a_{$l}", delta="δ_{$k}", gradient="∂J/∂[b_{$k}; W_{$k}]",
            forward=("z_{$k} = a_{$k} W_{$k} + b_{$k}", "a_{$l} = φ_{$k}(z_{$k})"),
            forward_last=("z_{$k} = a_{$k} W_{$k} + b_{$k}", "ŷ = a_{$l} = φ_{$k}(z_{$k})"),
            backward="∂J/∂a_{$l} = δ_{$l} W_{$l}^{T}", pull="δ_{$k} = ∂J/∂a_{$l} ∘ φ_{$k}′(z_{$k})",
            outer="∂J/∂[b_{$k}; W_{$k}] = [1, a_{$k}]^{T} δ_{$k}",
            inputs="X", activation="φ_{$k}", samples="rows", first_unit=0,
            unbiased={
                "weights": "W_{$k}", "gradient": "∂J/∂W_{$k}", "outer": "∂J/∂W_{$k} = a_{$k}^{T} δ_{$k}",
                "forward": ("z_{$k} = a_{$k} W_{$k}", "a_{$l} = φ_{$k}(z_{$k})"),
                "forward_last": ("z_{$k} = a_{$k} W_{$k}", "ŷ = a_{$l} = φ_{$k}(z_{$k})"),
            },
        ),
        Notation(
            "lfd", "Learning From Data, e-chapter 7: s, x, δ; W is numbered after the layer it leads to",
            layer="x^{($k)}", weights="W^{($l)}", signal="s^{($l)}", slope="θ′(s^{($l)})",
            upstream="∂e/∂x^{($l)}", delta="δ^{($l)}", gradient="∂e/∂W^{($l)}",
            forward=("s^{($l)} = W^{($l)T} x^{($k)}", "x^{($l)} = [1; θ(s^{($l)})]"),
            forward_last=("s^{($l)} = W^{($l)T} x^{($k)}", "h(x) = x^{($l)} = θ(s^{($l)})"),
            backward="∂e/∂x^{($l)} = [W^{($m)} δ^{($m)}] without row 0",
            pull="δ^{($l)} = θ′(s^{($l)}) ∘ ∂e/∂x^{($l)}", outer="∂e/∂W^{($l)} = x^{($k)} δ^{($l)T}",
            activation="θ", output="h(x)", loss="e", bias_unit=True, squared_error=2.0, letters={"s": "r"},
            unbiased={
                "forward": ("s^{($l)} = W^{($l)T} x^{($k)}", "x^{($l)} = θ(s^{($l)})"),
                "backward": "∂e/∂x^{($l)} = W^{($m)} δ^{($m)}",
            },
        ),
        Notation(
            "mit", "z, a, g; the transpose of W at work, a squared loss without ½",
            layer="a^{$k}", weights="W^{$l}", signal="z^{$l}", slope="σ′(z^{$l})", upstream="∂L/∂a^{$l}",
            delta="∂L/∂z^{$l}", gradient="∂L/∂W^{$l}", biases="W_{0}^{$l}", bias_gradient="∂L/∂W_{0}^{$l}",
            forward=("z^{$l} = W^{${l}T} a^{$k} + W_{0}^{$l}", "a^{$l} = σ(z^{$l})"),
            forward_last=("z^{$l} = W^{${l}T} a^{$k} + W_{0}^{$l}", "g = a^{$l} = σ(z^{$l})"),
            backward="∂L/∂a^{$l} = W^{$m} ∂L/∂z^{$m}", pull="∂L/∂z^{$l} = σ′(z^{$l}) ∘ ∂L/∂a^{$l}",
            outer="∂L/∂W^{$l} = a^{$k} (∂L/∂z^{$l})^{T}", outer_biases="∂L/∂W_{0}^{$l} = ∂L/∂z^{$l}",
            activation="σ", output="g", loss="L", squared_error=2.0,
            unbiased={
                "forward": ("z^{$l} = W^{${l}T} a^{$k}", "a^{$l} = σ(z^{$l})"),
                "forward_last": ("z^{$l} = W^{${l}T} a^{$k}", "g = a^{$l} = σ(z^{$l})"),
            },
        ),
        Notation(
            "iowa", "𝕎 is numbered after the layer it starts from; ψ; δ carries an entry for the bias unit",
            layer="x^{($k)}", weights="𝕎^{($k)}", signal="𝕎^{($k)T} x^{($k)}", slope="ψ(x^{($l)})",
            upstream="∂J/∂x^{($l)}", delta="δ^{($l)}", gradient="∇^{($k)}",
            forward=("x_{[1+]}^{($l)} = φ(𝕎^{($k)T} x^{($k)})", "x^{($l)} = [1; x_{[1+]}^{($l)}]"),
            forward_last=("ŷ = x^{($l)} = φ(𝕎^{($k)T} x^{($k)})",),
            backward="∂J/∂x^{($l)} = 𝕎^{($l)} δ$e^{($m)}",
            pull="δ^{($l)} = ψ(x^{($l)}) ∘ ∂J/∂x^{($l)}", outer="∇^{($k)} = x^{($k)} (δ$d^{($l)})^{T}",
            rate="ρ", bias_unit=True, placeholder=True, drop="_{[1+]}", squared_error=2.0,
            unbiased={"forward": ("x^{($l)} = φ(𝕎^{($k)T} x^{($k)})",)},
        ),
        Notation(
            "umass", "A and w, weights on the left; ReLU′(0) = 1",
            layer="A_{$k}", weights="w_{$l}", signal="w_{$l} A_{$k}", slope="σ′(w_{$l} A_{$k})",
            upstream="∂L/∂A_{$l}", delta="∂L/∂(w_{$l} A_{$k})", gradient="∂L/∂w_{$l}", biases="b_{$l}",
            bias_gradient="∂L/∂b_{$l}",
            forward=("A_{$l} = σ(w_{$l} A_{$k} + b_{$l})",),
            forward_last=("ŷ = A_{$l} = σ(w_{$l} A_{$k} + b_{$l})",),
            backward="∂L/∂A_{$l} = w_{$m}^{T} ∂L/∂(w_{$m} A_{$l})",
            pull="∂L/∂(w_{$l} A_{$k}) = σ′(w_{$l} A_{$k}) ∘ ∂L/∂A_{$l}",
            outer="∂L/∂w_{$l} = ∂L/∂(w_{$l} A_{$k}) A_{$k}^{T}",
            outer_biases="∂L/∂b_{$l} = ∂L/∂(w_{$l} A_{$k})",
            activation="σ", inputs="X", loss="L", rate="α", transposed=True, relu_at_zero=1.0, letters={"α": "p"},
            unbiased={
                "forward": ("A_{$l} = σ(w_{$l} A_{$k})",), "forward_last": ("ŷ = A_{$l} = σ(w_{$l} A_{$k})",),
            },
        ),
        Notation(
            "kaist", "Θ, s, h; the transpose of Θ at work, the bias apart",
            layer="h_{$k}", weights="Θ_{$l}", signal="s_{$l}", slope="σ′(s_{$l})", upstream="∂E/∂h_{$l}",
            delta="∂E/∂s_{$l}", gradient="∂E/∂Θ_{$l}", biases="b_{$l}", bias_gradient="∂E/∂b_{$l}",
            forward=("s_{$l} = Θ_{$l}^{T} h_{$k} + b_{$l}", "h_{$l} = σ(s_{$l})"),
            forward_last=("s_{$l} = Θ_{$l}^{T} h_{$k} + b_{$l}", "ŷ = h_{$l} = σ(s_{$l})"),
            backward="∂E/∂h_{$l} = Θ_{$m} ∂E/∂s_{$m}", pull="∂E/∂s_{$l} = ∂E/∂h_{$l} ∘ σ′(s_{$l})",
            outer="∂E/∂Θ_{$l} = h_{$k} (∂E/∂s_{$l})^{T}", outer_biases="∂E/∂b_{$l} = ∂E/∂s_{$l}",
            activation="σ", loss="E", rate="γ", letters={"E": "R", "s": "r", "γ": "g"},
            unbiased={
                "forward": ("s_{$l} = Θ_{$l}^{T} h_{$k}", "h_{$l} = σ(s_{$l})"),
                "forward_last": ("s_{$l} = Θ_{$l}^{T} h_{$k}", "ŷ = h_{$l} = σ(s_{$l})"),
            },
        ),
        Notation(
            "ng", "Θ, z, a, δ; layers from 1, Θ has one row per unit and the bias column first",
            layer="a^{($l)}", weights="Θ^{($l)}", signal="z^{($m)}", slope="g′(z^{($m)})",
            upstream="∂J/∂a^{($m)}", delta="δ^{($m)}", gradient="∂J/∂Θ^{($l)}",
            forward=("z^{($m)} = Θ^{($l)} a^{($l)}", "a^{($m)} = [1; g(z^{($m)})]"),
            forward_last=("z^{($m)} = Θ^{($l)} a^{($l)}", "h(x) = a^{($m)} = g(z^{($m)})"),
            backward="∂J/∂a^{($m)} = Θ^{($m)T} δ^{($n)} without row 0",
            pull="δ^{($m)} = ∂J/∂a^{($m)} ∘ g′(z^{($m)})", outer="∂J/∂Θ^{($l)} = δ^{($m)} a^{($l)T}",
            activation="g", output="h(x)", rate="α", transposed=True, bias_unit=True, letters={"α": "p"},
            unbiased={
                "forward": ("z^{($m)} = Θ^{($l)} a^{($l)}", "a^{($m)} = g(z^{($m)})"),
                "backward": "∂J/∂a^{($m)} = Θ^{($m)T} δ^{($n)}",
            },
        ),
    )
}  # fmt: skip


def get_notation(notation: str | Notation) -> Notation:
    """Return the notation of that name, or the one given.

    Parameters
    ----------
    notation : str or Notation
        A name of :data:`NOTATIONS`, or your own notation.

    Returns
    -------
    Notation
        The row.

    Raises
    ------
    ParameterError
        If there is none of that name.

    Examples
    --------
    >>> get_notation("ng").layer_number(0)
    1
    """
    if isinstance(notation, Notation):
        return notation
    if isinstance(notation, str) and notation in NOTATIONS:
        return NOTATIONS[notation]
    raise ParameterError(f"'notation' must be one of {list(NOTATIONS)} or a Notation; got {notation!r}.")
