module Shop.Box (get) where
import Data.List (sort)
-- | A color.
data Color = Red | Green Int
newtype Id = Id Int
class Thing a where
  it :: a -> Int
instance Thing Color where
  it Red = 1
-- | Gets.
get :: Int -> Int
get at | at > 0 = at
get _ = 0
limit = 3
