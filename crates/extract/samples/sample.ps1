# Adds.
function Get-Sum {
    param([int]$a, [int]$b)
    if ($a -gt 0 -and $b -gt 0) { return $a + $b }
    return 0
}
class Box {
    [int]$Size
    [int] Get([int]$at) { return $at }
}
enum Color { Red; Green }
