package Shop::Box;
use strict;
use List::Util qw(max);
# Gets.
sub get {
    my ($self, $at) = @_;
    if ($at > 0 && $self->{n}) { return $at; }
    return 0;
}
sub helper { return 1; }
1;
