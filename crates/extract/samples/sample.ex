defmodule Shop.Box do
  @moduledoc "A box."
  alias Shop.Base
  @type t :: integer
  # Gets.
  def get(at) when at > 0 do
    case at do
      1 -> :one
      _ -> :other
    end
  end
  defp helper(x), do: x
  defmacro m(x), do: x
end
defimpl Show, for: Shop.Box do
  def show(x), do: x
end
