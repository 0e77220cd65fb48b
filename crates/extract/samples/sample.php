<?php
namespace App\Models;

use App\Base;

/** A user. */
class User extends Base
{
    const MAX = 3;
    private $name;
    public function __construct(string $name) { $this->name = $name; }
    public function name(): string { return $this->name ?? ''; }
}
interface Named { public function name(): string; }
trait Loud { function shout() { return 1; } }
enum Suit { case Hearts; }
function helper($a) { foreach ($a as $b) { echo $b; } }
