#import "Box.h"
// A box.
@interface Box : NSObject
@property (nonatomic) int size;
- (int)get:(int)at;
@end
@implementation Box
- (int)get:(int)at {
    if (at > 0 && _size > 0) { return at; }
    return _size;
}
+ (Box *)make { return nil; }
@end
@protocol Thing
- (void)f;
@end
int helper(int a) { return a; }
