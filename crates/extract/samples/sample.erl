-module(shop).
-export([get/1]).
-include("shop.hrl").
-define(LIMIT, 3).
-record(box, {n}).
-type id() :: integer().
%% Gets.
get(At) when At > 0, At < 3 -> At;
get(_) -> 0.
helper(X) -> case X of 1 -> a; _ -> b end.
